"""Builds the programs of all mutants in one batch, and runs them."""
import concurrent.futures
import json
import os
import pathlib
import subprocess
import time

from mutants_lib.mutant import includes_of

PROGRAM = pathlib.Path('scenarios/mutants/program')
RELEASE = pathlib.Path('build/release')
CORES = len(os.sched_getaffinity(0))
MODEL_LIMIT = '20s'  # of one model check


class Result:
    """How one run ended: by what oracle it was killed, and after how long; or "survived",
    "unknown", "no-verdict" or "does-not-build"."""

    def __init__(self, text, killed=False, seconds=None, executions=None):
        self.text, self.killed = text, killed
        self.seconds, self.executions = seconds, executions


def build(work, jobs, optimize):
    """jobs: (mutant or baseline, engine, scenario); its program is then at program(...), unless it
    could not be built. optimize: options for the model check."""
    shared = {'stress': includes_of(PROGRAM / 'stress_shared.hpp'),
              'model': includes_of(PROGRAM / 'model_shared.hpp')}
    shared['tsan'] = shared['stress']
    root = pathlib.Path.cwd()
    lines = []
    for mutant, engine, scenario in jobs:
        alone = 'ALONE' if mutant.file in shared[engine] else ''
        lines.append(f'poolproof_add_mutant({mutant.name} {engine} {mutant.allocator} {scenario} '
                     f'{root / work / mutant.name} {alone})\n')
    (work / 'mutants.cmake').write_text(''.join(lines))
    commands = [
        ['cmake', '-S', PROGRAM, '-B', work / 'programs', '-G', 'Ninja',
         f'-DPOOLPROOF_LIBRARIES={root / RELEASE}/poolproof-libraries.cmake',
         f'-DMUTANTS={root / work}/mutants.cmake', f'-DMUTANTS_OPTIMIZE={optimize}'],
        ['cmake', '--build', work / 'programs', '--', '-k', '0']]
    for command in commands:
        done = subprocess.run(command, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if done.returncode != 0:
            print(done.stdout[-6000:])


def program(work, mutant, engine, scenario):
    return work / 'programs' / 'bin' / mutant.name / f'{engine}-{scenario}'


def in_parallel(function, items):
    with concurrent.futures.ThreadPoolExecutor(CORES) as pool:
        return list(pool.map(function, items))


def _result_of(text):
    try:
        run = json.loads(text)['runs'][0]
    except (ValueError, LookupError, TypeError):
        return Result('no-verdict')
    failure = run.get('failure')
    if failure:
        return Result(failure['oracle'], True, failure['seconds_to_failure'],
                      failure.get('executions'))
    return Result({'PASS': 'survived', 'UNKNOWN': 'unknown'}.get(run['verdict'], 'no-verdict'))


def _call(arguments):
    done = subprocess.run([str(argument) for argument in arguments], text=True, errors='replace',
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    return done.stdout, done.stderr


def run_once(work, mutant, run, seed):
    path = program(work, mutant, run.engine, run.scenario)
    if not path.exists():
        return Result('does-not-build')
    scenario, bound = run.where.split(' ', 1)
    if run.engine == 'model':
        search, executions = bound.split()
        return run_model(path, mutant, scenario, search, executions, seed)
    start = time.monotonic()
    out, errors = _call([path, 'stress', '-a', mutant.allocator, '-s', scenario, '-b', bound,
                         '--seed', seed, '-t', 2, '--json'])
    if run.engine == 'tsan' and 'ThreadSanitizer: data race' in out + errors:
        return Result('race', True, time.monotonic() - start)
    return _result_of(out)


def run_model(path, mutant, scenario, search, executions, seed, *options):
    out, _ = _call([path, 'check', '-a', mutant.allocator, '-s', scenario, '--search', search,
                    '--executions', executions, '--seed', seed, '--jobs', 1,
                    '--rounds', mutant.rounds, '--blocks', mutant.blocks, '-b', MODEL_LIMIT,
                    '--json', *options])
    return _result_of(out)
