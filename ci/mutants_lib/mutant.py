"""A mutant's file: read, and applied to a copy of the allocators."""
import pathlib
import re
import shutil

MUTANTS = pathlib.Path('scenarios/mutants')
ENGINES = ('stress', 'tsan', 'model')


class Misfit(Exception):
    """A mutant that cannot be read, or does not fit the sources."""


class Run:
    """One line "killed by: ..." or "survives: ...", or a default. claim: the oracle that must kill
    it; "survives"; or "-", if it may end either way. where: scenario and bound."""

    def __init__(self, claim, engine, where):
        self.claim, self.engine, self.where = claim, engine, where

    @property
    def scenario(self):
        return self.where.split()[0]

    @property
    def must_die(self):
        return self.claim not in ('-', 'survives')

    @staticmethod
    def read(key, text):
        engine, where = text.split(' ', 1)
        if key == 'survives':
            return Run('survives', engine, where)
        where, claim = where.rsplit(' ', 1)
        return Run(claim, engine, where)


class Mutant:
    """text: what its file holds, or None to read that."""

    def __init__(self, name, text=None):
        self.name = name
        if text is None:
            text = (MUTANTS / name).read_text()
        self.keys, self.runs, self.edits, sentence = {}, [], [], []
        part = None
        for line in text.splitlines():
            if line == '--- old':
                part = 0
                self.edits.append(['', ''])
            elif line == '+++ new' and self.edits:
                part = 1
            elif part is not None:
                self.edits[-1][part] += line + '\n'
            elif line.startswith('# '):
                sentence.append(line[2:])
            elif ': ' in line:
                key, text = line.split(': ', 1)
                if key in ('killed by', 'survives'):
                    self.runs.append(self._run(key, text))
                else:
                    self.keys[key] = text
            elif line:
                self.bad(f'not understood: {line}')
        self.sentence = ' '.join(sentence)
        self._check()

    def _run(self, key, text):
        words = text.split()
        engine = words[0] if words else ''
        wanted = 2 + (key == 'killed by') + (engine == 'model') + 1
        if engine not in ENGINES or len(words) != wanted:
            self.bad(f'not understood: {key}: {text}')
        return Run.read(key, ' '.join(words))

    def _check(self):
        for key in ('kind', 'class', 'file', 'allocator'):
            if key not in self.keys:
                self.bad(f'says no {key}')
        reason = {'mutant': 'public', 'control': 'harmless'}.get(self.kind)
        if reason is None:
            self.bad('is neither a mutant nor a control')
        if reason not in self.keys:
            self.bad(f'says no {reason}')
        for key in ('rounds', 'blocks'):
            if not self.keys.get(key, '3').isdigit():
                self.bad(f'{key} is no number')
        if not self.edits:
            self.bad('changes nothing')
        if self.kind == 'mutant' and not self.runs:
            self.bad('says not what kills it')

    def bad(self, what):
        raise Misfit(f'{MUTANTS / self.name}: {what}')

    @property
    def kind(self):
        return self.keys['kind']

    @property
    def sort(self):
        return self.keys['class']

    @property
    def allocator(self):
        return self.keys['allocator']

    @property
    def file(self):
        return self.keys['file']

    @property
    def rounds(self):
        return self.keys.get('rounds', '3')

    @property
    def blocks(self):
        return self.keys.get('blocks', '3')

    def apply(self, tree):
        """Copies the allocators to tree, the mutated one changed."""
        text = '\n' + pathlib.Path(self.file).read_text()
        for number, (old, new) in enumerate(self.edits, 1):
            found = text.count('\n' + old) if old else 0
            if found != 1:
                what = 'are more than once' if found else 'are not'
                self.bad(f'old lines {number} {what} in {self.file}')
            text = text.replace('\n' + old, '\n' + new)
        copy_allocators(tree)
        (tree / self.file).write_text(text[1:])


class Baseline:
    """The unchanged source, wherever a mutant of this allocator runs: nothing may be found."""
    kind, sort, rounds, blocks = 'control', 'baseline', '3', '3'
    file, sentence = None, 'the source as it is'

    def __init__(self, allocator, mutants):
        self.name, self.allocator = f'baseline-{allocator}', allocator
        wheres = set()
        for run in (run for mutant in mutants if mutant.allocator == allocator
                    for run in mutant.runs):
            scenario, search = run.where.split()[:2]
            bound = f'{search} 20000' if run.engine == 'model' else '3s'
            wheres.add((run.engine, f'{scenario} {bound}'))
        self.runs = [Run('survives', engine, where) for engine, where in sorted(wheres)]

    def apply(self, tree):
        copy_allocators(tree)


def copy_allocators(tree):
    for folder in [pathlib.Path('allocators'), *pathlib.Path('allocators').glob('detail/**/')]:
        (tree / folder).mkdir(parents=True)
        for header in folder.glob('*.hpp'):
            shutil.copy(header, tree / folder)


def names():
    return sorted(path.name for path in MUTANTS.iterdir()
                  if path.is_file() and path.suffix == '')


def includes_of(path, known=None):
    """All files of the project that this one includes, directly or not."""
    known = set() if known is None else known
    for name in re.findall(r'^ *# *include *"([^"]+)"', path.read_text(), re.MULTILINE):
        for candidate in (path.parent / name, pathlib.Path(name)):
            if candidate.exists():
                candidate = candidate.resolve().relative_to(pathlib.Path.cwd())
                if str(candidate) not in known:
                    known.add(str(candidate))
                    includes_of(candidate, known)
                break
    return known
