"""Of ci/mutants: makes a report.json of its results.

usage: kill_report.py VERSION WORK MUTANTS SECONDS REPORT NAME... <MATRIX
WORK has the results of each NAME, MUTANTS its file; the matrix says, at its end, what is not as
claimed. Which is all that makes a FAIL."""
import json
import pathlib
import re
import sys

ENGINES = {'stress': 'stress', 'tsan': 'ThreadSanitizer', 'model': 'check'}


def header(path):
    keys, sentence = {}, []
    if path.exists():
        for line in path.read_text().splitlines():
            if line.startswith('--- old'):
                break
            if line.startswith('# '):
                sentence.append(line[2:])
            elif ': ' in line:
                keys.setdefault(*line.split(': ', 1))
    return keys, ' '.join(sentence)


def run(line):
    engine, claim, where, result = line.split('|')
    scenario, bound = where.split(' ', 1)
    found = result.split()
    killed = len(found) == 3
    return {
        'engine': ENGINES[engine],
        'scenario': scenario,
        'bound': bound,
        'claim': None if claim == '-' else claim,
        'killed': killed,
        'oracle': found[0] if killed else None,
        'result': 'killed' if killed else result,
        'seconds': float(found[1]) if killed else None,
        'executions': int(found[2]) if killed and found[2] != '-' else None,
    }


def entry(name, work, mutants, complaints):
    keys, sentence = header(mutants / name)
    mine = [text for who, text in complaints if who == name]
    runs = [run(line) for line in (work / name / 'results').read_text().splitlines()]
    return {
        'mutant': name,
        'kind': keys.get('kind', 'baseline'),
        'class': keys.get('class', 'baseline'),
        'allocator': keys.get('allocator', name.removeprefix('baseline-')),
        'engine': 'mutants',
        'sentence': sentence or 'the source as it is',
        'verdict': 'FAIL' if mine else 'PASS',
        'runs': runs,
        'failure': {'oracle': 'claim', 'message': '; '.join(mine)} if mine else None,
    }


def main():
    version, work, mutants, seconds, report, *names = sys.argv[1:]
    work, mutants = pathlib.Path(work), pathlib.Path(mutants)
    _, _, text = sys.stdin.read().partition('not as claimed:\n')
    complaints = re.findall(r'^  (\S+): (.*)$', text, re.MULTILINE)
    whole = re.findall(r'^  (\S+ [^:]*)$', text, re.MULTILINE)
    json.dump({
        'poolproof': version,
        'seed': None,
        'mutants': [entry(name, work, mutants, complaints) for name in names],
        'notes': [f'the mutants took {seconds} s'] + [f'not as claimed: {text}' for text in whole],
        'interrupted': False,
    }, open(report, 'w'), indent=2)


main()
