"""The plot of ci/bench: a panel for each workload, everybody's core-ns per pair on one logarithmic
scale, the fastest first."""
import html
import math

WIDTH, NAME, ROW = 720, 195, 15  # of the plot, of the column of names, from row to row
PAPER = {'ours': '#1f77b4', 'control': '#555555', 'peer': '#b0b0b0', 'floor': '#dddddd'}


def scale(cells):
    """-> from ns to x, the powers of ten to mark"""
    values = [cell.median() for cell in cells]
    low = math.floor(math.log10(min(values)))
    high = math.ceil(math.log10(max(values)))
    step = (WIDTH - NAME - 70) / (high - low)
    return (lambda ns: NAME + max(0, math.log10(ns) - low) * step), [10.0 ** k for k in
                                                                     range(low, high + 1)]


def row(name, group, cell, crowded, x, y):
    """A bar to the median with its quartiles, and a tick for the crowded cell, if there is one."""
    end = x(cell.median())
    low, high = (x(value) for value in cell.quartiles())
    weight = ' font-weight="bold"' if group == 'ours' else ''
    out = [f'<text x="{NAME - 8}" y="{y + 10}" text-anchor="end"{weight}>{html.escape(name)}</text>',
           f'<rect x="{NAME}" y="{y + 1}" width="{end - NAME:.1f}" height="10" '
           f'fill="{PAPER[group]}"/>',
           f'<path d="M{low:.1f} {y + 6}H{high:.1f}" stroke="black"/>']
    last = max(end, high)
    if crowded:
        at = x(crowded.median())
        last = max(last, at)
        out.append(f'<path d="M{at:.1f} {y}V{y + 12}" stroke="#d62728" stroke-width="2"/>')
    out.append(f'<text x="{last + 5:.1f}" y="{y + 10}">{cell.median():,.{0 if cell.median() >= 100 else 1}f}</text>')
    return out


def panel(workload, tables, threads, crowd, y):
    noun = 'thread' if threads == 1 else 'threads'
    of_workload = {name: cell for (each, name, count), cell in tables.cells.items()
                   if each == workload and count == threads}
    if not of_workload:
        return [], y
    x, marks = scale([cell for (each, _, count), cell in tables.cells.items()
                      if each == workload and count in (threads, crowd)])
    names = sorted(of_workload, key=lambda name: of_workload[name].median())
    out = [f'<text x="10" y="{y}" font-weight="bold">{workload}, {threads} {noun}: core-ns of one '
           f'alloc and free (red: {crowd} threads)</text>']
    top = y + 8
    bottom = top + ROW * len(names)
    for mark in marks:
        out.append(f'<path d="M{x(mark):.1f} {top}V{bottom}" stroke="#e4e4e4"/>'
                   f'<text x="{x(mark):.1f}" y="{bottom + 12}" text-anchor="middle" '
                   f'fill="#777777">{mark:,g}</text>')
    for index, name in enumerate(names):
        out += row(name, tables.group[name], of_workload[name],
                   tables.cells.get((workload, name, crowd)), x, top + ROW * index)
    return out, bottom + 40


def write(tables, workloads, path, counts=(2,), crowd=8):
    """A panel for each workload and number of threads in counts."""
    out, y = [], 40
    x = 10
    for group, words in (('ours', 'ours'), ('control', 'hand-written control'), ('peer', 'peer'),
                         ('floor', 'the workload alone')):
        out.append(f'<rect x="{x}" y="8" width="10" height="10" fill="{PAPER[group]}"/>'
                   f'<text x="{x + 15}" y="17">{words}</text>')
        x += 60 + 6 * len(words)
    for workload in workloads:
        for threads in counts:
            more, y = panel(workload, tables, threads, crowd, y)
            out += more
    with open(path, 'w', encoding='utf-8') as file:
        file.write(f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{y - 20}" '
                   'font-family="sans-serif" font-size="11">'
                   '<rect width="100%" height="100%" fill="white"/>' + '\n'.join(out) + '</svg>\n')
