'use strict';

const report = JSON.parse(document.getElementById('results').textContent);
const runs = report.runs || [];
const audits = report.audits || [];
const mutants = report.mutants || [];

// An element; children are elements, or text, which is never read as HTML.
function make(tag, name, ...children) {
  const element = document.createElement(tag);
  if (name) element.className = name;
  element.append(...children);
  return element;
}
function short(n) {
  for (const [unit, letter] of [[1e9, ' G'], [1e6, ' M'], [1e3, ' k']]) {
    if (n >= unit) return (n / unit).toPrecision(3) + letter;
  }
  return String(Math.round(n));
}
const rate = run => run.pairs_per_second ?? run.executions_per_second;
const unit = run => run.engine === 'stress' ? 'pairs/s' : 'executions/s';
const unique = list => [...new Set(list)];

function counts() {
  const box = make('div', 'counts');
  for (const verdict of ['PASS', 'FAIL', 'UNKNOWN']) {
    const n = [...runs, ...audits, ...mutants].filter(each => each.verdict === verdict).length;
    box.append(make('div', 'count ' + (n ? verdict : 'zero'), make('b', '', String(n)), verdict));
  }
  return box;
}

function facts() {
  const seconds = [...runs, ...audits].reduce((sum, each) => sum + (each.seconds || 0), 0);
  const parts = [`poolproof ${report.poolproof}`, `${seconds.toFixed(0)} s in all`];
  if (report.seed !== null && report.seed !== undefined) parts.push(`seed ${report.seed}`);
  if (report.interrupted) parts.push('interrupted: not all runs were made');
  return make('p', 'soft', parts.join(' · '));
}

function matrix(engine) {
  const mine = runs.filter(run => run.engine === engine);
  const scenarios = unique(mine.map(run => run.scenario));
  const table = make('table');
  const head = table.insertRow();
  head.append(make('th', '', 'allocator'), ...scenarios.map(name => make('th', '', name)));
  for (const allocator of unique(mine.map(run => run.allocator))) {
    const row = table.insertRow();
    row.append(make('th', '', allocator));
    for (const scenario of scenarios) {
      // Of several shards, the one that says most.
      const run = ['FAIL', 'UNKNOWN', 'PASS'].map(verdict => mine.find(each =>
        each.allocator === allocator && each.scenario === scenario && each.verdict === verdict)).find(Boolean);
      if (!run) { row.append(make('td', 'cell soft', '·')); continue; }
      const cell = make('td', 'cell ' + run.verdict, make('b', '', run.verdict), short(rate(run)));
      if (run.failure) {
        const link = make('a', '', ...cell.childNodes);
        link.href = '#f' + runs.filter(each => each.failure).indexOf(run);
        cell.append(link);
      }
      cell.title = run.reason || (run.failure ? run.failure.message : `${short(rate(run))} ${unit(run)}`);
      row.append(cell);
    }
  }
  return make('section', '',
    make('h2', '', engine === 'stress' ? 'Stress: pairs a second' : 'Model check: executions a second'),
    make('div', 'card', table));
}

function rates(engine) {
  const mine = runs.filter(run => run.engine === engine && run.verdict === 'PASS');
  if (mine.length < 2) return '';
  const most = Math.max(...mine.map(rate));
  const bars = make('div', 'bars');
  for (const run of [...mine].sort((a, b) => rate(b) - rate(a))) {
    const bar = make('div', 'bar');
    bar.style.width = `${86 * rate(run) / most}%`;
    bars.append(make('div', '', `${run.allocator} ${run.scenario}`),
                make('div', 'row', bar, make('span', 'soft', short(rate(run)))));
  }
  return make('section', '', make('h2', '', engine === 'stress' ? 'Stress: pairs a second, fastest first'
    : 'Model check: executions a second, fastest first'), make('div', 'card', bars));
}

// How long calls took, on an axis of powers of ten: from the median to 99.9 %.
function latencies() {
  const mine = runs.filter(run => run.latency_ns && run.verdict === 'PASS');
  if (!mine.length) return '';
  const svg = (name, attributes, ...children) => {
    const element = document.createElementNS('http://www.w3.org/2000/svg', name);
    Object.entries(attributes).forEach(([key, value]) => element.setAttribute(key, value));
    element.append(...children);
    return element;
  };
  const nanoseconds = n => n < 1e3 ? `${n} ns` : n < 1e6 ? `${+(n / 1e3).toPrecision(2)} µs`
    : n < 1e9 ? `${+(n / 1e6).toPrecision(2)} ms` : `${+(n / 1e9).toPrecision(2)} s`;
  const label = 210, width = 900, row = 22, top = 26;
  const low = Math.floor(Math.log10(Math.max(1, Math.min(...mine.map(run => run.latency_ns.p50)))));
  const high = Math.ceil(Math.log10(Math.max(10, ...mine.map(run => run.latency_ns.p999))) + 1e-9);
  const x = n => label + (width - label - 20) * (Math.log10(Math.max(n, 1)) - low) / Math.max(high - low, 1);
  const plot = svg('svg', {viewBox: `0 0 ${width} ${top + row * mine.length + 6}`, width: '100%', role: 'img',
    'font-size': 12, fill: 'currentColor', 'aria-label': 'Latency of calls'});
  for (let power = low; power <= high; ++power) {
    plot.append(svg('line', {x1: x(10 ** power), x2: x(10 ** power), y1: top - 6, y2: top + row * mine.length,
      stroke: 'var(--line)'}), svg('text', {x: x(10 ** power), y: 13, 'text-anchor': 'middle', fill: 'var(--soft)'},
      nanoseconds(10 ** power)));
  }
  [...mine].sort((a, b) => a.latency_ns.p50 - b.latency_ns.p50).forEach((run, i) => {
    const {p50, p99, p999, max, calls} = run.latency_ns;
    const y = top + row * i + row / 2;
    const line = svg('g', {}, svg('title', {}, `${run.allocator} ${run.scenario}: median ${nanoseconds(p50)}, 99 % ` +
      `${nanoseconds(p99)}, 99.9 % ${nanoseconds(p999)}, longest ${nanoseconds(max)}; ${short(calls)} calls`),
      svg('text', {x: 0, y: y + 4}, `${run.allocator} ${run.scenario}`),
      svg('line', {x1: x(p50), x2: x(p999), y1: y, y2: y, stroke: 'var(--accent)', 'stroke-width': 3, opacity: .45}),
      svg('circle', {cx: x(p50), cy: y, r: 5, fill: 'var(--accent)'}),
      svg('rect', {x: x(p99) - 1.5, y: y - 6, width: 3, height: 12, fill: 'var(--accent)'}),
      svg('rect', {x: x(p999) - 1.5, y: y - 6, width: 3, height: 12, fill: 'var(--mark)'}));
    plot.append(line);
  });
  const delayed = mine.some(run => run.chaos !== 'off');
  return make('section', '', make('h2', '', 'Stress: how long a call takes'),
    make('p', 'soft', 'Dot: the median; bars: 99 % and 99.9 %, of one call in 61, with the clock and whoever else had ' +
      'the core.' + (delayed ? ' Delays were injected, and are in it: --chaos off leaves them out.' : '')),
    make('div', 'card', plot));
}

// What the searches of a model check make of a PASS.
function sureness() {
  const mine = runs.filter(run => run.engine === 'check' && run.end_states && !run.failure);
  if (!mine.length) return '';
  const chance = p => p === undefined || p === null ? '–' : p >= 0.001 ? `${(100 * p).toPrecision(2)} %` : p.toExponential(0);
  const table = make('table');
  table.insertRow().append(...['allocator', 'scenario', 'executions', 'departures', 'depth 3 missed',
    'end states', 'new end'].map(name => make('th', '', name)));
  for (const run of mine) {
    const searched = run.searched || [];
    const done = searched.filter(each => each.search.startsWith('departures:') && each.exhausted);
    const pct = searched.find(each => each.search === 'pct:3');
    const row = table.insertRow();
    row.append(make('th', '', run.allocator), ...[run.scenario, short(run.executions),
      run.exhausted ? 'all' : done.length ? `to ${done.at(-1).search.split(':')[1]}` : '–', chance(pct?.missed),
      short(run.end_states.distinct), chance(run.end_states.chance_of_new)].map(text => make('td', 'cell', text)));
    row.title = searched.map(each => `${each.search}: ${short(each.executions)}${each.exhausted ? ', all' : ''}`).join('\n');
  }
  return make('section', '', make('h2', '', 'How sure that makes you'),
    make('p', 'soft', 'Departures: all executions with at most so many preemptions, steps of a load to an older store ' +
      'and weak CAS that fail spuriously. Depth 3 missed: the chance, at most, to have missed a bug that takes three ' +
      'orderings of steps. New end: the chance that one more execution ends in a state that none has ended in.'),
    make('div', 'card', table));
}

// What no verdict of these runs speaks of, and of which runs that is said.
function unseen() {
  const texts = unique(runs.flatMap(run => run.unseen || []));
  if (!texts.length) return '';
  const list = make('ul', 'soft');
  for (const text of texts) {
    const mine = runs.filter(run => (run.unseen || []).includes(text));
    const names = unique(mine.map(run => run.allocator)).join(', ');
    list.append(make('li', '', mine.length === runs.length ? text : `${mine[0].engine} ${names}: ${text}`));
  }
  return make('section', '', make('h2', '', 'Not seen'), make('div', 'card', list));
}

// --- failures --------------------------------------------------------------------------------------

// The story of a failure, in which each event that it names leads there.
function storyOf(failure, number) {
  const box = make('p', 'story');
  const parts = failure.story.split(/\b(events? \d[\d, ]*(?:(?:and|to) \d+)?)/);
  parts.forEach((part, i) => {
    if (i % 2 === 0) return box.append(part);
    for (const piece of part.split(/(\d+)/)) {
      const step = failure.trace.findIndex(e => String(e.event) === piece);
      if (step < 0) { box.append(piece); continue; }
      const link = make('a', '', piece);
      link.href = `#f${number}.${step + 1}`;
      box.append(link);
    }
  });
  return box;
}

// A command, and a button that copies it.
function command(text) {
  const copy = make('button', '', 'copy');
  copy.addEventListener('click', () => navigator.clipboard?.writeText(text));
  return make('div', 'again', make('code', '', text), copy);
}

// Of a run, or of an order that an audit has weakened. Its trace is laid out when it is opened.
let failuresShown = 0;
function failureCard(title, failure, open) {
  const number = failuresShown++;
  const traced = Array.isArray(failure.trace) && failure.trace.length !== 0;
  const card = make('details', 'card failed', make('summary', '', title));
  if (failure.story && traced) card.append(storyOf(failure, number), make('p', 'soft', failure.message));
  else card.append(make('p', 'story', failure.message));
  card.append(command(failure.replay || ''));
  card.id = 'f' + number;
  const show = () => {
    if (!Trace.all[number] && traced) card.append(new Trace(failure, number).box);
    Trace.all[number]?.show();
  };
  Trace.show[number] = show;
  card.addEventListener('toggle', () => { if (card.open) show(); });
  card.open = open;
  return card;
}

function failures() {
  const failed = runs.filter(run => run.failure);
  if (!failed.length) return '';
  return make('section', '', make('h2', '', failed.length === 1 ? 'The failure' : 'The failures'),
    ...failed.map((run, i) =>
      failureCard(`${run.engine} ${run.allocator}, ${run.scenario}: ${run.failure.oracle}`, run.failure, i === 0)));
}

function auditTable(audit) {
  const table = make('table');
  const head = table.insertRow();
  head.append(...['place', 'number', 'operation', 'written', 'verdict'].map(name => make('th', '', name)));
  for (const site of audit.sites.filter(each => each.written !== 'relaxed')) {
    const row = table.insertRow();
    row.className = 'mono';
    for (const text of [`${site.file}:${site.line}`, site.number, site.operation, site.written, site.verdict]) {
      row.append(make('td', '', text ?? ''));
    }
  }
  const cards = [];
  if (audit.failure) {
    cards.push(failureCard(`as it is written, ${audit.failure.scenario}: ${audit.failure.oracle}`, audit.failure, true));
  }
  for (const site of audit.sites) {
    for (const trial of site.trials.filter(each => each.failure && !audit.failure)) {
      cards.push(failureCard(`${site.file}:${site.line} ${site.number ?? ''} ${site.operation}, ${site.written} → ` +
        `${trial.order}: ${trial.failure.oracle}, under ${trial.failure.scenario}`, trial.failure, false));
    }
  }
  return make('section', '', make('h2', '', `Memory orders of ${audit.allocator}: ${audit.verdict}`),
    make('div', 'card', table),
    cards.length ? make('h3', '', audit.failure ? 'The failure' : 'What each order is needed for') : '', ...cards);
}

// --- mutants ---------------------------------------------------------------------------------------

const median = list => {
  const sorted = [...list].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
};
const time = seconds => seconds < 0.0995 ? `${(seconds * 1000).toFixed(0)} ms` : `${seconds.toFixed(1)} s`;

// What an engine made of a mutant, in all its runs.
function killCell(mutant, engine) {
  const mine = mutant.runs.filter(run => run.engine === engine);
  if (!mine.length) return make('td', 'cell soft', '·');
  const kills = mine.filter(run => run.killed);
  const claimed = mine.some(run => run.claim && run.claim !== 'survives');
  const wanted = mutant.kind === 'mutant';
  const lost = mine.some(run => run.result !== 'killed' && run.claim && run.claim !== 'survives');
  const parts = kills.length ? [make('b', '', unique(kills.map(run => run.oracle)).join('/')),
    time(median(kills.map(run => run.seconds)))] : [mine[0].result];
  const executions = kills.map(run => run.executions).filter(n => n !== null);
  if (executions.length) parts.push(`, ${short(median(executions))} ex`);
  if (kills.length && kills.length < mine.length) parts.push(`, ${kills.length} of ${mine.length}`);
  const bad = lost || (kills.length && !wanted);
  const cell = make('td', 'cell ' + (bad ? 'FAIL' : kills.length || !wanted ? 'PASS' : 'zero'), ...parts);
  if (claimed) cell.append(make('span', 'soft', ' ✓'));
  cell.title = unique(mine.map(run => `${run.scenario} ${run.bound}` +
    (run.claim ? `; claimed: ${run.claim}` : ''))).join('\n');
  return cell;
}

function killMatrix() {
  if (!mutants.length) return '';
  const real = mutants.filter(each => each.kind === 'mutant');
  const killed = real.filter(each => each.runs.some(run => run.killed)).length;
  const spared = mutants.filter(each => each.kind !== 'mutant');
  const intact = spared.filter(each => !each.runs.some(run => run.killed)).length;
  const engines = ['stress', 'ThreadSanitizer', 'check'].filter(engine =>
    mutants.some(each => each.runs.some(run => run.engine === engine)));
  const table = make('table');
  const head = table.insertRow();
  head.append(...['mutant', 'class', ...engines].map(name => make('th', '', name)));
  for (const kind of ['mutant', 'control', 'baseline']) {
    for (const mutant of mutants.filter(each => each.kind === kind)) {
      const row = table.insertRow();
      const name = make('td', 'mono' + (mutant.failure ? ' cell FAIL' : ''), mutant.mutant);
      name.title = mutant.sentence + (mutant.failure ? '\n' + mutant.failure.message : '');
      row.append(name, make('td', 'soft', kind === 'mutant' ? mutant.class : kind),
        ...engines.map(engine => killCell(mutant, engine)));
    }
  }
  return make('section', '', make('h2', '', 'Kill matrix: planted bugs, and what found them'),
    make('p', 'soft', `${killed} of ${real.length} mutants killed; ${intact} of ${spared.length} controls and ` +
      'baselines left alone. Medians until the kill; ✓: the mutant says that this engine kills it. Point at a ' +
      'name to read what was changed.'),
    make('div', 'card', table),
    ...mutants.filter(each => each.failure).map(each => make('p', 'FAIL cell', `${each.mutant}: ${each.failure.message}`)));
}

function others() {
  const unknown = runs.filter(run => run.verdict === 'UNKNOWN');
  if (!unknown.length && !(report.notes || []).length) return '';
  const list = make('ul', 'soft');
  for (const run of unknown) {
    const item = make('li', '', `UNKNOWN ${run.allocator} ${run.scenario}: ${run.reason}`);
    if (run.next) item.append(command(run.next));
    list.append(item);
  }
  for (const note of report.notes || []) list.append(make('li', '', note));
  return make('section', '', make('h2', '', 'Notes'), list);
}

document.getElementById('all').append(counts(), facts(), failures(), ...audits.filter(each => each.failure).map(auditTable),
  ...unique(runs.map(run => run.engine)).map(matrix), ...audits.filter(each => !each.failure).map(auditTable),
  ...unique(runs.map(run => run.engine)).map(rates), latencies(), sureness(), killMatrix(), unseen(), others());

function follow() {
  const [, number, step] = /^#f(\d+)(?:\.(\d+))?$/.exec(location.hash) || [];
  if (number === undefined) return;
  const card = document.getElementById('f' + number);
  if (!card) return;
  if (!card.open || !step) card.scrollIntoView();
  card.open = true;
  Trace.show[number]?.();
  if (Trace.all[number] && step) Trace.all[number].go(Number(step) - 1);
}
Trace.show.forEach((show, number) => { if (document.getElementById('f' + number).open) show(); });
follow();
addEventListener('hashchange', follow);
document.body.dataset.overflow = String(document.documentElement.scrollWidth - document.documentElement.clientWidth);
document.body.dataset.width = String(innerWidth);
document.body.dataset.ready = '1';
