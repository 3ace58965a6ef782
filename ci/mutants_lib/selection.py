"""Which mutants a change calls for."""
import hashlib
import re
import subprocess

# A change here may change what kills any mutant. Tests and pages do not.
CONCERNS_ALL = re.compile(
    r'ci/mutants|scenarios/mutants/program/|scenarios/[^/]*\.hpp$|CMakeLists\.txt$'
    r'|(relacy|harness)/.*\.(hpp|cpp|cmake)$')
CONCERNS_NONE = re.compile(r'_(test|bench|fuzz)\.cpp$|\.md$')


def changed_files(base):
    """Since this revision, committed or not; None if there is no such revision."""
    def git(*arguments):
        return subprocess.run(['git', *arguments], text=True, stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL)

    if not base or git('rev-parse', '--verify', '--quiet', base + '^{commit}').returncode != 0:
        return None
    changed = git('diff', '--name-only', base, '--')
    new = git('ls-files', '--others', '--exclude-standard')
    if changed.returncode or new.returncode:
        return None
    return set(changed.stdout.split('\n') + new.stdout.split('\n')) - {''}


def selected(mutants, base, share):
    """Those of a changed file, and a share (k, n) of the others: the kth of n parts. All mutants,
    if the change concerns all or is not known. Also returns a sentence that says which."""
    changed = changed_files(base)
    if changed is None:
        return mutants, f"all: there is no revision '{base}' to compare with"
    for path in sorted(changed):
        if CONCERNS_ALL.match(path) and not CONCERNS_NONE.search(path):
            return mutants, f'all: {path} has changed'
    mine = [mutant for mutant in mutants
            if mutant.file in changed or f'scenarios/mutants/{mutant.name}' in changed]
    others = [mutant for mutant in mutants
              if mutant not in mine and share and part(mutant.name, share[1]) == share[0] % share[1]]
    text = f'{len(mine)} of changed files, {len(others)} of the others'
    return [mutant for mutant in mutants if mutant in mine or mutant in others], text


def part(name, parts):
    return int(hashlib.sha256(name.encode()).hexdigest(), 16) % parts
