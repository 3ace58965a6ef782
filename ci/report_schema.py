"""report_schema.py REPORT-FOLDER...: holds each report against the schema that lies beside it. Then
damages what it has read, one thing at a time, and fails unless the schema refuses every damage."""
import copy
import json
import sys

from jsonschema import Draft202012Validator

# What may be missing: a report has runs, audits or mutants; a step of a trace has what its operation has.
OPTIONAL = {'unseen', 'runs', 'audits', 'mutants', 'call', 'operation', 'variable', 'seen', 'expected',
            'stored', 'succeeded', 'order', 'result', 'text', 'newest', 'outdated', 'source', 'story', 'path'}
# Reports from before have none.
OPTIONAL_OF = {('audits', 'reason'), ('runs', 'memory'), ('runs', 'next')}


def places(json_value, path=()):
    """The path of every value; of a list, its first and its last entry stand for all."""
    yield path
    if isinstance(json_value, dict):
        keys = list(json_value)
    elif isinstance(json_value, list):
        keys = sorted({0, len(json_value) - 1}) if json_value else []
    else:
        return
    for key in keys:
        yield from places(json_value[key], path + (key,))


def damages(report):
    """Pairs of what was done and the report after it."""
    for path in places(report):
        def damaged(change):
            other = copy.deepcopy(report)
            *above, last = ('report', *path)
            holder = {'report': other}
            for key in above:
                holder = holder[key]
            change(holder, last)
            return holder['report'] if not path else other

        value = report
        for key in path:
            value = value[key]
        # Of no value is this the type.
        yield f'{path} is [{{}}, []]', damaged(lambda holder, key: holder.update({key: [{}, []]})
                                               if isinstance(holder, dict)
                                               else holder.__setitem__(key, [{}, []]))
        if isinstance(value, dict):
            yield f'{path} has a key too many', damaged(
                lambda holder, key: holder[key].update({'surprise': 1}))
        if (path and isinstance(path[-1], str) and path[-1] not in OPTIONAL and
                (path[0], path[-1]) not in OPTIONAL_OF):
            yield f'{path} is missing', damaged(lambda holder, key: holder.pop(key))
        if isinstance(value, int) and not isinstance(value, bool):
            yield f'{path} is negative', damaged(
                lambda holder, key: holder.__setitem__(key, -1))
        if path and path[-1] in ('verdict', 'engine', 'written'):
            yield f'{path} is no such name', damaged(
                lambda holder, key: holder.__setitem__(key, 'MAYBE'))
        # A verdict, or what it is of a trial, that the failure beside it contradicts.
        if path and path[-1] == 'verdict' and path[-3] in ('runs', 'audits'):
            yield f'{path} is another', damaged(
                lambda holder, key: holder.update({key: 'PASS' if holder[key] == 'FAIL' else 'FAIL'}))
        if path and path[-1] == 'survived':
            yield f'{path} is another', damaged(
                lambda holder, key: holder.update({key: not holder[key]}))


def main(folders):
    status = 0
    tried = 0
    for folder in folders:
        with open(f'{folder}/report.schema.json', encoding='utf-8') as file:
            schema = json.load(file)
        with open(f'{folder}/report.json', encoding='utf-8') as file:
            report = json.load(file)
        Draft202012Validator.check_schema(schema)
        validator = Draft202012Validator(schema)
        for error in validator.iter_errors(report):
            print(f'{folder}: {error.json_path}: {error.message[:200]}')
            status = 1
        for what, damaged in damages(report):
            tried += 1
            if validator.is_valid(damaged):
                print(f'{folder}: the schema takes it although {what}')
                status = 1
    print(f'{tried} damages tried in {len(folders)} reports')
    return status if tried else 1


sys.exit(main(sys.argv[1:]))
