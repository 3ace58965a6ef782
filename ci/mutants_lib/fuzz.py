"""Mutants' files as people write them, damaged at random: each is read, or refused in one line.

usage: python3 -m mutants_lib.fuzz SECONDS [SEED]
"""
import pathlib
import random
import sys
import time

from .mutant import MUTANTS, Misfit, Mutant, names


def damaged(text, chance):
    """One to four changes: lines taken out, doubled, swapped or cut; words put in."""
    lines = text.splitlines()
    words = [word for line in lines for word in line.split()] + ['', '---', '+++ new', 'killed by:']
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(lines)) if lines else 0
        change = chance.choice(('drop', 'double', 'swap', 'cut', 'word'))
        if not lines or change == 'word':
            lines.insert(at, ' '.join(chance.choices(words, k=chance.randint(0, 5))))
        elif change == 'drop':
            del lines[at]
        elif change == 'double':
            lines.insert(at, lines[at])
        elif change == 'swap':
            lines[at], lines[0] = lines[0], lines[at]
        else:
            lines[at] = lines[at][:chance.randint(0, len(lines[at]))]
    return '\n'.join(lines)


def main(seconds, seed):
    print(f'mutants: seed {seed}')
    chance = random.Random(seed)
    whole = [(MUTANTS / name).read_text() for name in names()]
    end = time.monotonic() + seconds
    count = refused = 0
    while time.monotonic() < end:
        text = damaged(chance.choice(whole), chance)
        count += 1
        try:
            mutant = Mutant('damaged', text)
            int(mutant.rounds), int(mutant.blocks)  # as when it runs
            [run.scenario for run in mutant.runs]
        except Misfit as misfit:
            refused += 1
            if '\n' in str(misfit):
                sys.exit(f'mutants: refused in more than one line: {misfit}')
        except Exception:
            kept = pathlib.Path('build/fuzz/mutants.crash')
            kept.parent.mkdir(parents=True, exist_ok=True)
            kept.write_text(text)
            print(f'mutants: FAILED after {count} inputs; the last is in {kept}')
            raise
    print(f'mutants: {count} inputs, {refused} refused, passed')


if __name__ == '__main__':
    main(float(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else random.randrange(2**32))
