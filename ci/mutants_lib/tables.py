"""The kill matrix and the table of searches, as texts."""
import statistics

ROW = '{:<36} {:<8} {:<27} {:<28} {}'
ENGINE_COLUMNS = ('stress', 'tsan', 'model')
ABA_MEDIAN, ABA_MOST = 0.25, 2  # seconds


class Matrix:
    """timed: the seeds are enough to hold times against their limits."""

    def __init__(self, timed):
        self.timed = timed
        self.names, self.mutants, self.results = [], {}, {}
        self.complaints = []  # (name or None, text)

    def add(self, mutant, run, result):
        if mutant.name not in self.mutants:
            self.names.append(mutant.name)
            self.mutants[mutant.name] = mutant
        self.results.setdefault((mutant.name, run.engine), []).append((run, result))
        self._judge(mutant.name, run, result)

    def _judge(self, name, run, result):
        def complain(what):
            self.complaints.append((name, f'{run.engine} {run.where} {what}'))

        if result.text in ('does-not-build', 'no-verdict'):
            complain(f'has no result: {result.text}')
        elif not result.killed and run.must_die:
            complain(f'was to find {run.claim}, and found nothing')
        elif result.text == 'unknown' and run.claim == 'survives':
            complain('saw too little to say that it survives')
        elif result.killed and run.claim == 'survives':
            complain(f'found {result.text}')
        elif result.killed and run.must_die and run.claim != 'any' and \
                result.text not in run.claim.split('/'):
            complain(f'was to find {run.claim}, and found {result.text}')

    def _kills(self, name, engine):
        return [(run, result) for run, result in self.results.get((name, engine), [])
                if result.killed]

    def _cell(self, name, engine):
        all_runs = self.results.get((name, engine))
        kills = [result for _, result in self._kills(name, engine)]
        if not all_runs:
            return '-'
        if not kills:
            return 'survived'
        text = '/'.join(dict.fromkeys(result.text for result in kills))
        text += f', {statistics.median(result.seconds for result in kills):.3f} s'
        counts = [result.executions for result in kills if result.executions is not None]
        if counts:
            text += f', {statistics.median(counts):.10g} ex'
        missed = sum(result.text in ('survived', 'unknown') for _, result in all_runs)
        if missed:
            text += f', missed {missed}/{len(all_runs)}'
        return text + (' *' if any(run.must_die for run, _ in all_runs) else '')

    def text(self):
        lines = [ROW.format('mutant (* by what it says)', 'class', 'stress', 'ThreadSanitizer',
                            'model check (medians)')]
        for name in self.names:
            cells = [self._cell(name, engine) for engine in ENGINE_COLUMNS]
            lines.append(ROW.format(name, self.mutants[name].sort, *cells))
        if any(self.mutants[name].sort != 'baseline' for name in self.names):
            lines += self._totals()
        if self.complaints:
            lines.append('not as claimed:')
            lines += [f'  {name}: {text}' if name else f'  {text}' for name, text in self.complaints]
        return '\n'.join(lines) + '\n'

    def _totals(self):
        mutants = [name for name in self.names if self.mutants[name].kind == 'mutant']
        controls = [name for name in self.names if self.mutants[name].kind == 'control']
        engines = {engine for _, engine in self.results}
        killed = {engine: {name for name in self.names if self._kills(name, engine)}
                  for engine in ENGINE_COLUMNS}
        anywhere = set().union(*killed.values())
        lines = ['', f'{len(anywhere & set(mutants))} of {len(mutants)} mutants killed, '
                     f'{len(set(controls) - anywhere)} of {len(controls)} controls survived']
        by = [f'{called} {len(killed[engine] & set(mutants))}'
              for engine, called in zip(ENGINE_COLUMNS, ('stress', 'ThreadSanitizer', 'model check'))
              if engine in engines]
        lines.append('killed by ' + ', '.join(by))
        if 'model' in engines:
            lines.append(self._model_limits())
        return lines

    def _model_limits(self):
        ordering, slowest, slowest_median = 0, 0, 0
        for name in self.names:
            kills = self._kills(name, 'model')
            if self.mutants[name].sort == 'order':
                ordering = max([ordering] + [result.executions for _, result in kills])
            if self.mutants[name].sort == 'aba' and any(run.must_die for run, _ in kills):
                seconds = [result.seconds for _, result in kills]
                slowest = max([slowest] + seconds)
                slowest_median = max(slowest_median, statistics.median(seconds))
        if self.timed and slowest_median > ABA_MEDIAN:
            self.complaints.append((None, f'an ABA mutant took more than {ABA_MEDIAN} s in the median'))
        if self.timed and slowest > ABA_MOST:
            self.complaints.append((None, f'an ABA mutant took more than {ABA_MOST} s'))
        return (f'model check: an ordering mutant took at most {ordering} executions, an ABA mutant '
                f'at most {slowest:.3f} s (largest median {slowest_median:.3f} s)')


def search_table(found, searches, most):
    """found[name][search]: executions until it is killed, one for each seed; None: it was not, by
    most executions. Medians; "auto" beside the best of the others."""
    def cell(value):
        return '-' if value > most else f'{value:.0f}'

    def row(name, values, last):
        return f'{name:<36}' + ''.join(f' {value:>12}' for value in values) + last

    medians = {name: [statistics.median(most + 1 if n is None else n for n in of_name[search])
                      for search in searches] for name, of_name in found.items()}
    lines = [row('mutant', searches, '  auto / best')]
    ratios = []
    for name, values in medians.items():
        others = [value for search, value in zip(searches, values) if search != 'auto']
        best = min(others, default=most + 1)
        last = '            -'
        if best <= most and 'auto' in searches:
            ratios.append(values[searches.index('auto')] / best)
            last = f' {ratios[-1]:12.1f}'
        lines.append(row(name, map(cell, values), last))
    columns = list(zip(*medians.values()))
    ratio = f' {statistics.median(ratios):12.1f}' if ratios else ''
    lines.append(row('median of all', [cell(statistics.median(one)) for one in columns], ratio))
    lines.append(row(f'more than {most} ({len(medians)} mutants)',
                     [sum(value > most for value in one) for one in columns], ''))
    if ratios:
        lines.append(f'auto needs more than 3 times the best on {sum(one > 3 for one in ratios)}; '
                     f'at most {max(ratios):.1f} times')
    return '\n'.join(lines) + '\n'
