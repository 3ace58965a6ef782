"""What is written of the mutants: the matrix in READMEs, and a report."""
import difflib
import json
import pathlib
import re
import shutil
import subprocess

from mutants_lib.tables import ENGINE_COLUMNS

BLOCK = re.compile(r'(?<=^```matrix\n).*?(?=^```$)', re.MULTILINE | re.DOTALL)
ENGINES = {'stress': 'stress', 'tsan': 'ThreadSanitizer', 'model': 'check'}
COLUMNS = {'stress': slice(46, 73), 'tsan': slice(74, 102), 'model': slice(103, None)}


def write_matrix(readme, text):
    readme.write_text(BLOCK.sub(lambda _: text, readme.read_text(), count=1))


def readme_differs(readme, mutants):
    """Whether the README's matrix has every mutant, and a * wherever one says what kills it: what
    is left when the figures, which differ from run to run, are taken away. Returns a diff."""
    def row(name, sort, stars):
        return ' '.join([name, sort] + [engine for engine in ENGINE_COLUMNS if stars(engine)])

    rows = BLOCK.search(readme.read_text()).group().split('\n\n')[0].splitlines()[1:]
    written = [row(*line.split()[:2], lambda engine, line=line: '*' in line[COLUMNS[engine]])
               for line in rows]
    true = [row(mutant.name, mutant.sort,
                lambda engine, mutant=mutant: any(run.must_die and run.engine == engine
                                                  for run in mutant.runs))
            for mutant in mutants]
    return '\n'.join(difflib.unified_diff(written, true, 'README', 'mutants', lineterm='', n=0))


def _run(run, result):
    scenario, bound = run.where.split(' ', 1)
    return {
        'engine': ENGINES[run.engine],
        'scenario': scenario,
        'bound': bound,
        'claim': None if run.claim == '-' else run.claim,
        'killed': result.killed,
        'oracle': result.text if result.killed else None,
        'result': 'killed' if result.killed else result.text,
        'seconds': result.seconds,
        'executions': result.executions,
    }


def _entry(name, matrix):
    mutant = matrix.mutants[name]
    mine = [text for who, text in matrix.complaints if who == name]
    runs = [one for engine in ENGINE_COLUMNS for one in matrix.results.get((name, engine), [])]
    return {
        'mutant': name,
        'kind': 'baseline' if mutant.sort == 'baseline' else mutant.kind,
        'class': mutant.sort,
        'allocator': mutant.allocator,
        'engine': 'mutants',
        'sentence': mutant.sentence,
        'verdict': 'FAIL' if mine else 'PASS',
        'runs': [_run(*one) for one in runs],
        'failure': {'oracle': 'claim', 'message': '; '.join(mine)} if mine else None,
    }


def report(version, matrices, seconds):
    """The report.json of these."""
    whole = [text for matrix in matrices for who, text in matrix.complaints if who is None]
    return {
        'poolproof': version,
        'seed': None,
        'mutants': [_entry(name, matrix) for matrix in matrices for name in matrix.names],
        'notes': [f'the mutants took {seconds:.0f} s'] + [f'not as claimed: {text}' for text in whole],
        'interrupted': False,
    }


def write_report(program, matrices, seconds, work, folder):
    """By poolproof report, which refuses a folder that is something else."""
    version = subprocess.run([program, '--version'], check=True, text=True,
                             stdout=subprocess.PIPE).stdout.split()[-1]
    made = work / 'report'
    shutil.rmtree(made, ignore_errors=True)
    made.mkdir()
    (made / 'report.json').write_text(json.dumps(report(version, matrices, seconds), indent=2))
    # Its status tells of mutants that are not as claimed, which are known by now.
    subprocess.run([program, 'report', made, '-o', folder])


def may_become_report(folder):
    """"" or what is wrong with it; the rest poolproof report says at the end."""
    path = pathlib.Path(folder)
    if path.exists() and not (path / 'report.json').is_file() and \
            not (path.is_dir() and not any(path.iterdir())):
        return 'a new folder, an empty one or a report is wanted'
    if not path.parent.is_dir():
        return 'its folder cannot be written'
    return ''
