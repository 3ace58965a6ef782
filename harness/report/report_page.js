'use strict';
window.onerror = message => { document.body.dataset.error = message; };

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
      'and weak CAS that fail for nothing. Depth 3 missed: the chance, at most, to have missed a bug that takes three ' +
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

// --- a trace ---------------------------------------------------------------------------------------

const writes = e => ['store', 'write'].includes(e.operation) || (e.operation === 'CAS' && e.succeeded) ||
  (e.stored !== undefined && e.operation !== 'CAS');

function words(e) {
  let text = '';
  if (e.operation === 'fail') return e.text || 'fails';
  if (!e.variable) text = e.text || e.operation || '';
  else if (e.operation === 'CAS') {
    text = e.succeeded ? `CAS ${e.variable}: ${e.seen} → ${e.stored}`
                       : `CAS ${e.variable} fails${e.spurious ? ' for nothing' : ''}: it is ${e.seen}, not ${e.expected}`;
  } else if (e.seen !== undefined && e.stored !== undefined && e.operation !== 'store') {
    text = `${e.operation} ${e.variable}: ${e.seen} → ${e.stored}`;
  } else {
    const value = e.stored ?? e.seen;
    text = `${e.operation} ${e.variable}` + (value === undefined ? '' : ` = ${value}`);
  }
  return (e.call ? e.call + ': ' : '') + text + (e.result ? ' ⇒ ' + e.result : '');
}

// The store that a read took its value from: the newest, or if it is stale, the last one of its
// value before that.
function source(trace, at) {
  const e = trace[at];
  if (e.seen === undefined || ['store', 'write'].includes(e.operation)) return -1;
  let skip = e.stale ? 1 : 0;
  for (let i = at - 1; i >= 0; --i) {
    if (trace[i].variable !== e.variable || !writes(trace[i])) continue;
    if (skip-- > 0) continue;
    if (trace[i].stored === e.seen) return i;
    if (!e.stale) return -1;
  }
  return -1;
}

function chips(e) {
  const list = [];
  if (e.stale) list.push(['stale', '', `the newest is ${e.newest}`]);
  if (e.aba) list.push(['ABA', e.harmless ? '' : 'bad', `${e.changes} changes since event ${e.since}`]);
  if (e.race) list.push(['race', 'bad', 'nothing orders this with the other access']);
  if (e.spurious) list.push(['spurious', '', 'a weak CAS may fail for nothing']);
  if (e.operation === 'fail') list.push(['FAIL', 'bad', '']);
  return list.map(([text, kind, title]) => {
    const chip = make('span', 'chip ' + kind, text);
    chip.title = title;
    return chip;
  });
}

class Trace {
  constructor(failure, number) {
    this.trace = failure.trace;
    this.number = number;
    this.step = this.trace.length - 1;
    this.actors = Math.max(...this.trace.map(e => e.actor)) + 1;
    this.cells = [];
    this.box = this.build();
    Trace.all[number] = this;
  }

  build() {
    this.events = make('div', 'events mono');
    this.events.style.gridTemplateColumns = `38px repeat(${this.actors}, minmax(190px, 1fr)) max-content max-content`;
    const head = (...names) => names.forEach(name => this.events.append(make('div', 'head', name)));
    head('#', ...Array.from({length: this.actors}, (_, i) => `actor ${i}`), 'order', 'place');
    this.trace.forEach((e, i) => {
      const row = [make('div', 'soft', String(e.event))];
      for (let actor = 0; actor !== this.actors; ++actor) {
        row.push(make('div', 'lane', ...(actor === e.actor ? [...chips(e), words(e)] : [])));
      }
      const place = e.file ? `${e.file.replace(/\.hpp$/, '')}:${e.line}` : '';
      row.push(make('div', 'soft', e.order ?? ''), make('div', 'soft place', place));
      row.forEach(cell => cell.addEventListener('click', () => this.go(i)));
      this.cells.push(row);
      this.events.append(...row);
    });
    this.svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
    this.events.append(this.svg);
    this.state = make('table', 'state mono');
    const button = (text, step) => {
      const element = make('button', '', text);
      element.addEventListener('click', () => this.go(step()));
      return element;
    };
    this.at = make('span', 'soft');
    const controls = make('div', 'controls',
      button('first', () => 0), button('back', () => this.step - 1),
      button('forward', () => this.step + 1), button('last', () => this.trace.length - 1), this.at,
      make('span', 'soft', 'keys: ← → Home End'));
    const box = make('div', '', controls, make('div', 'trace', this.events,
      make('div', '', make('h3', '', 'After this event'), this.state)));
    box.addEventListener('pointerdown', () => { Trace.current = this; });
    return box;
  }

  go(step) {
    this.step = Math.min(Math.max(step, 0), this.trace.length - 1);
    Trace.current = this;
    this.show();
    history.replaceState(null, '', `#f${this.number}.${this.step + 1}`);
  }

  show() {
    const e = this.trace[this.step];
    const from = source(this.trace, this.step);
    const since = e.aba ? this.trace.findIndex(each => each.event === e.since) : -1;
    const rival = e.race ? this.trace.findIndex((each, i) => each.race && i < this.step) : -1;
    this.cells.forEach((row, i) => row.forEach((cell, column) => {
      cell.classList.toggle('later', i > this.step);
      cell.classList.toggle('now', i === this.step);
      cell.classList.toggle('source', [from, since, rival].includes(i) && column === this.trace[i].actor + 1);
    }));
    this.at.textContent = `event ${e.event} of ${this.trace.length}`;
    this.svg.replaceChildren();
    if (from >= 0) this.arrow(from, this.step, 'var(--accent)', 'is read by');
    if (since >= 0) this.arrow(since, this.step, 'var(--mark)', 'looked here');
    if (rival >= 0) this.arrow(rival, this.step, 'var(--fail)', 'races with');
    this.showState();
    document.body.dataset.at = `${this.number}.${this.step + 1}`;
    document.body.dataset.arrows = String(this.svg.querySelectorAll('path').length);
  }

  arrow(first, last, colour, title) {
    const place = i => {
      const cell = this.cells[i][this.trace[i].actor + 1];
      return {x: cell.offsetLeft, y: cell.offsetTop + cell.offsetHeight / 2, width: cell.offsetWidth};
    };
    const a = place(first);
    const b = place(last);
    const same = Math.abs(a.x - b.x) < 1;
    const right = a.x < b.x;
    const x1 = same || !right ? a.x + 3 : a.x + a.width - 6;
    const x2 = same || right ? b.x + 3 : b.x + b.width - 6;
    const bend = same ? Math.max(a.x - 26, 4) : (x1 + x2) / 2;
    const element = (name, attributes, parent) => {
      const made = document.createElementNS('http://www.w3.org/2000/svg', name);
      Object.entries(attributes).forEach(([key, value]) => made.setAttribute(key, value));
      parent.append(made);
      return made;
    };
    const line = element('path', {d: `M${x1} ${a.y} C${bend} ${a.y} ${bend} ${b.y} ${x2} ${b.y}`,
      fill: 'none', stroke: colour, 'stroke-width': 2, opacity: .85}, this.svg);
    element('title', {}, line).textContent = title;
    element('circle', {cx: x2, cy: b.y, r: 4, fill: colour}, this.svg);
  }

  showState() {
    const values = new Map();
    let changed = '';
    this.trace.slice(0, this.step + 1).forEach((e, i) => {
      if (!e.variable) return;
      if (writes(e)) {
        values.set(e.variable, e.stored);
        if (i === this.step) changed = e.variable;
      } else if (!values.has(e.variable) && e.seen !== undefined) {
        values.set(e.variable, e.seen);
      }
    });
    this.state.replaceChildren(...[...values].map(([name, value]) => {
      const row = make('tr', name === changed ? 'changed' : '', make('td', 'soft', name), make('td', '', value ?? ''));
      return row;
    }));
  }
}
Trace.all = [];
Trace.show = [];  // lays one out, if it is not yet
Trace.current = null;

// Of a run, or of an order that an audit has weakened. Its trace is laid out when it is opened.
let failuresShown = 0;
function failureCard(title, failure, open) {
  const number = failuresShown++;
  const copy = make('button', '', 'copy');
  copy.addEventListener('click', () => navigator.clipboard?.writeText(failure.replay));
  const card = make('details', 'card', make('summary', '', title), make('div', '', failure.message),
    make('div', 'again', make('code', '', failure.replay || ''), copy));
  card.id = 'f' + number;
  const show = () => {
    if (!Trace.all[number] && Array.isArray(failure.trace) && failure.trace.length) {
      card.append(new Trace(failure, number).box);
    }
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
  const words = kills.length ? [make('b', '', unique(kills.map(run => run.oracle)).join('/')),
    time(median(kills.map(run => run.seconds)))] : [mine[0].result];
  const executions = kills.map(run => run.executions).filter(n => n !== null);
  if (executions.length) words.push(`, ${short(median(executions))} ex`);
  if (kills.length && kills.length < mine.length) words.push(`, ${kills.length} of ${mine.length}`);
  const bad = lost || (kills.length && !wanted);
  const cell = make('td', 'cell ' + (bad ? 'FAIL' : kills.length || !wanted ? 'PASS' : 'zero'), ...words);
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
  for (const run of unknown) list.append(make('li', '', `UNKNOWN ${run.allocator} ${run.scenario}: ${run.reason}`));
  for (const note of report.notes || []) list.append(make('li', '', note));
  return make('section', '', make('h2', '', 'Notes'), list);
}

document.getElementById('all').append(counts(), facts(),
  ...unique(runs.map(run => run.engine)).map(matrix), failures(), ...unique(runs.map(run => run.engine)).map(rates), latencies(), sureness(), unseen(), ...audits.map(auditTable), killMatrix(), others());

function follow() {
  const [, number, step] = /^#f(\d+)(?:\.(\d+))?$/.exec(location.hash) || [];
  if (number === undefined) return;
  const card = document.getElementById('f' + number);
  if (card) {
    card.open = true;
    card.scrollIntoView();
  }
  Trace.show[number]?.();
  if (Trace.all[number] && step) Trace.all[number].go(Number(step) - 1);
}
Trace.show.forEach((show, number) => { if (document.getElementById('f' + number).open) show(); });
Trace.current = Trace.all.find(Boolean) || null;
follow();
addEventListener('hashchange', follow);
addEventListener('resize', () => Trace.all.forEach(trace => trace.show()));
addEventListener('keydown', event => {
  const trace = Trace.current;
  const step = {ArrowRight: 1, ArrowLeft: -1, Home: -Infinity, End: Infinity}[event.key];
  if (!trace || step === undefined || event.ctrlKey || event.altKey || event.metaKey) return;
  event.preventDefault();
  trace.go(trace.step + step);
});
document.body.dataset.ready = '1';
