// A failing execution, step by step: a lane for each actor, bars for its calls, what every variable
// holds, and the list that they make.
'use strict';
window.onerror = message => { document.body.dataset.error = message; };

const writes = e => ['store', 'write'].includes(e.operation) || (e.operation === 'CAS' && e.succeeded) ||
  (e.stored !== undefined && e.operation !== 'CAS');
const isFailure = e => e.operation === 'fail';

function words(e) {
  let text = '';
  if (isFailure(e)) return e.text || 'fails';
  if (!e.variable) text = e.text || e.operation || '';
  else if (e.operation === 'CAS') {
    text = e.succeeded ? `CAS ${e.variable}: ${e.seen} → ${e.stored}`
                       : `CAS ${e.variable} fails${e.spurious ? ' spuriously' : ''}: it is ${e.seen}, not ${e.expected}`;
  } else if (e.seen !== undefined && e.stored !== undefined && e.operation !== 'store') {
    text = `${e.operation} ${e.variable}: ${e.seen} → ${e.stored}`;
  } else {
    const value = e.stored ?? e.seen;
    text = `${e.operation} ${e.variable}` + (value === undefined ? '' : ` = ${value}`);
  }
  return text + (e.result ? ' ⇒ ' + e.result : '');
}

// The store that a read took its value from: the newest, or if it is stale, the last one of its
// value before that.
function source(trace, at) {
  const e = trace[at];
  if (e.seen === undefined || ['store', 'write'].includes(e.operation)) return -1;
  let skip = e.stale ? 1 : 0;
  for (let i = at - 1; i >= 0; --i) {
    if (trace[i].variable !== e.variable || !writes(trace[i])) continue;
    if (trace[i].stale && !e.stale) continue;
    if (skip-- > 0) continue;
    if (trace[i].stored === e.seen) return i;
    if (!e.stale) return -1;
  }
  return -1;
}

function chips(e) {
  const list = [];
  if (e.stale && writes(e)) list.push(['earlier', '', `before the newer ${e.newest} in modification order`]);
  else if (e.stale) list.push(['stale', '', `the newest is ${e.newest}`]);
  if (e.aba) list.push(['ABA', e.harmless ? '' : 'bad', `${e.changes} changes since event ${e.since}`]);
  if (e.race) list.push(['race', 'bad', 'nothing orders this with the other access']);
  if (e.spurious) list.push(['spurious', '', 'a weak CAS may fail spuriously']);
  if (isFailure(e)) list.push(['FAIL', 'bad', '']);
  return list.map(([text, kind, title]) => {
    const chip = make('span', 'chip ' + kind, text);
    chip.title = title;
    return chip;
  });
}

// The calls of one actor: from the event in which each starts to the one with its result, or to the
// actor's last one before its next call.
function callsOf(trace, actor) {
  const calls = [];
  let open = null;
  trace.forEach((e, i) => {
    if (e.actor !== actor || isFailure(e)) return;
    if (e.call) calls.push(open = {name: e.call, first: i, last: i, kind: callKind(e.call)});
    else if (open) open.last = i;
    if (e.result) open = null;
  });
  return calls;
}
const callKind = name => /^(alloc|take|get)/.test(name) ? 'alloc' : /^(free|give|put)/.test(name) ? 'free' : 'other';

// What every variable holds after an event, and which one that event has changed.
function stateAfter(trace, step) {
  const values = new Map();
  let changed = '';
  trace.slice(0, step + 1).forEach((e, i) => {
    if (!e.variable) return;
    if (writes(e) && !e.stale) {
      values.set(e.variable, e.stored);
      if (i === step) changed = e.variable;
    } else if (!values.has(e.variable) && e.seen !== undefined) {
      values.set(e.variable, e.seen);
    }
  });
  return {values, changed};
}

function mostFrequent(list) {
  const count = each => list.filter(other => other === each).length;
  return unique(list).sort((a, b) => count(b) - count(a))[0];
}

// Who has which block after an event; nobody any more, once its free has begun.
function ownersAfter(trace, step) {
  const owners = new Map();
  for (const e of trace.slice(0, step + 1)) {
    const freed = /^free block (\d+)/.exec(e.call || '');
    if (freed) owners.get(freed[1])?.delete(e.actor);
    const got = /^block (\d+)/.exec(e.result || '');
    if (!got) continue;
    if (!owners.has(got[1])) owners.set(got[1], new Set());
    owners.get(got[1]).add(e.actor);
  }
  return owners;
}

// --- lists -----------------------------------------------------------------------------------------

// The block that a link lies in, or belongs to: of next[2], list.below_[2], block 2+8; undefined: the
// variable is none.
const linkOf = name => (/^(?:.*\.)?\w+\[(\d+)\]$/.exec(name) || /^block (\d+)(?:\+\d+)?$/.exec(name) || [])[1];
// What the links of a list have in common: "next", "list.below_", "block".
const familyOf = name => name.replace(/\[\d+\]$|^(block) .*$/, '$1');

// The lists that the variables of a trace make: links that hold numbers of blocks or slots, and the
// variables that lead to the first one.
class Lists {
  constructor(trace) {
    const values = new Map();  // of each variable, all that it has held
    for (const e of trace.filter(each => each.variable)) {
      const held = values.get(e.variable) || values.set(e.variable, []).get(e.variable);
      held.push(...[e.seen, e.stored].filter(each => each !== undefined));
    }
    const named = list => list.some(each => /\b(?:index|block) \d+\b/.test(each));
    const families = unique([...values.keys()].filter(name => linkOf(name) !== undefined).map(familyOf));
    // Without a word for it, a number may be one of a block only where the links say next or the like,
    // and the variable that leads to them is beside them and says top or the like.
    this.family = families.find(family => [...values].some(([name, held]) => familyOf(name) === family &&
      linkOf(name) !== undefined && named(held))) ?? families.find(family => /next|link|below|succ/i.test(family));
    const beside = this.family?.includes('.') ? this.family.replace(/[^.]*$/, '') : '';
    this.roots = this.family === undefined ? [] : [...values.keys()].filter(name => linkOf(name) === undefined &&
      (named(values.get(name)) || (name.startsWith(beside) && /(?:head|top|first|free)_?$/i.test(name))));
  }

  // The block that a value leads to; null: to none; undefined: to what is no block.
  target(value) {
    if (value === undefined || /^(?:none|null)\b/.test(value)) return value && null;
    const number = /\b(?:index|block) (\d+)\b/.exec(value) || /^(?:\w+ )?(\d+)\b/.exec(value);
    return number?.[1];
  }

  // head → 1 → 0 → none. A block that comes again ends it.
  chain(root, values) {
    const links = new Map([...values].filter(([name]) => linkOf(name) !== undefined && familyOf(name) === this.family)
      .map(([name, value]) => [linkOf(name), [name, value]]));
    const named = /\b(?:index|block) \d/;
    const parts = [{variable: root, text: root}];
    const seen = new Set();
    for (let [name, value] = [root, values.get(root)]; ;) {
      const block = this.target(value);
      if (!block || (!links.has(block) && !named.test(value))) {
        parts.push({end: true, by: name, text: block === null ? 'none' : block ?? '?'});
        return {parts, seen};
      }
      parts.push({block, by: name, text: block, again: seen.has(block)});
      if (seen.has(block) || !links.has(block)) return {parts, seen: seen.add(block)};
      seen.add(block);
      [name, value] = links.get(block);
    }
  }

  // The lists after an event, and who has the blocks that are in none.
  draw(trace, step) {
    const {values, changed} = stateAfter(trace, step);
    const owners = ownersAfter(trace, step);
    const box = make('div', 'lists mono');
    const free = new Set();
    for (const root of this.roots.filter(each => values.has(each))) {
      const {parts, seen} = this.chain(root, values);
      seen.forEach(block => free.add(block));
      const row = make('div', 'list');
      for (const part of parts) {
        if (!part.variable) row.append(make('span', part.by === changed ? 'to changed' : 'to', '→'));
        const mine = part.block !== undefined && owners.get(part.block)?.size;
        const kind = part.variable ? 'root' : part.end ? 'end' : part.again || mine ? 'node bad' : 'node';
        const item = make('span', kind, part.again ? `${part.text} ↺` : part.text);
        if (mine) item.title = `in the list, although actor ${[...owners.get(part.block)].join(' and ')} has it`;
        row.append(item);
      }
      box.append(row);
    }
    for (const [block, who] of owners) {
      if (!who.size && free.has(block)) continue;
      const twice = who.size > 1 || free.has(block);
      box.append(make('div', 'list', make('span', 'node' + (twice ? ' bad' : ' held'), block),
        make('span', 'soft', !who.size ? ' in no list'
          : ` actor ${[...who].join(' and ')}${free.has(block) ? ', and in the list' : ''}`)));
    }
    return box;
  }
}

// --- the timeline ----------------------------------------------------------------------------------

const leastLane = 150;   // pixels
const leastSource = 340;

class Trace {
  constructor(failure, number) {
    this.trace = failure.trace;
    this.number = number;
    this.step = this.trace.length - 1;
    this.actors = Math.max(...this.trace.map(e => e.actor)) + 1;
    this.calls = Array.from({length: this.actors}, (_, actor) => callsOf(this.trace, actor));
    this.lists = new Lists(this.trace);
    this.file = mostFrequent(this.trace.map(e => e.file).filter(Boolean));  // said once, in the head
    this.rows = [];
    this.box = this.build();
    Trace.all[number] = this;
    new ResizeObserver(() => this.fit()).observe(this.box);
  }

  build() {
    this.events = make('div', 'events mono', this.head());
    this.events.tabIndex = 0;
    this.events.setAttribute('role', 'listbox');
    this.events.setAttribute('aria-label', 'Events: arrow keys, Home and End go from one to another');
    this.trace.forEach((e, i) => {
      const row = this.row(e, i);
      row.addEventListener('click', () => this.go(i));
      this.rows.push(row);
      this.events.append(row);
    });
    this.events.addEventListener('keydown', event => this.key(event));
    this.svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
    this.events.append(this.svg);
    this.controls = this.bar();
    this.panel = make('div', 'panel');
    return make('div', 'trace', this.controls, this.events, this.panel);
  }

  head() {
    const lanes = Array.from({length: this.actors}, (_, i) => make('div', `lane a${i % 4}`,
      make('span', 'open', 'actor '), String(i)));
    return make('div', 'event head', make('div', 'number', '#'), make('div', 'lanes', ...lanes),
      make('div', 'source', this.file ?? ''));
  }

  // A number; a lane for each actor, and words in that of the acting one; the line of the source.
  row(e, i) {
    const told = make('div', 'words', ...(e.call ? [make('b', 'call', e.call + ':'), ' '] : []), ...chips(e), words(e));
    const lanes = make('div', 'lanes', ...(isFailure(e) ? [] : this.calls.map((calls, actor) => {
      const lane = make('div', `lane a${actor % 4}` + (actor === e.actor ? ' acting' : ''));
      lane.style.gridColumn = String(actor + 1);
      const call = calls.find(each => each.first <= i && i <= each.last);
      if (!call) return lane;
      lane.classList.add('in', call.kind);
      lane.classList.toggle('first', call.first === i);
      lane.classList.toggle('last', call.last === i);
      lane.title = `actor ${actor}: ${call.name}`;
      return lane;
    })), told);
    told.style.setProperty('--lane', e.actor + 1);
    told.append(this.sourceLine('below', e));
    const row = make('div', 'event' + (isFailure(e) ? ' failure' : ''), make('div', 'number', String(e.event)), lanes,
      this.sourceLine('source', e));
    row.setAttribute('role', 'option');
    return row;
  }

  sourceLine(kind, e) {
    const place = e.file ? `${e.file}:${e.line}` : '';
    const near = e.file === this.file ? place.slice(e.file?.length) : place.replace(/\.\w+:/, ':');
    const line = make('div', kind, make('span', 'order', e.order ?? ''), make('span', 'place', near),
      make('span', 'code', e.source ?? ''));
    line.title = [place, e.source].filter(Boolean).join('\n');
    return line;
  }

  bar() {
    const button = (text, step) => {
      const element = make('button', '', text);
      element.addEventListener('click', () => this.go(step()));
      return element;
    };
    this.at = make('span', 'at');
    this.code = make('div', 'now-code mono');
    return make('div', 'controls', make('div', 'buttons',
      button('first', () => 0), button('back', () => this.step - 1), button('next', () => this.step + 1),
      button('last', () => this.trace.length - 1),
      this.at), this.code);
  }

  // Lanes that would be too narrow for words fold into strips, and the words stand beside these.
  fit() {
    const width = this.events.clientWidth - 48;
    if (width <= 0) return;
    const folded = width < this.actors * leastLane;
    this.events.classList.toggle('folded', folded);
    this.events.classList.toggle('stacked', folded || width < this.actors * leastLane + leastSource);
    this.box.style.setProperty('--actors', this.actors);
    this.box.style.setProperty('--bar', `${this.controls.offsetHeight}px`);
    const below = getComputedStyle(this.panel).bottom === '0px';
    this.box.style.setProperty('--foot', below ? `${this.panel.offsetHeight}px` : '0px');
    document.body.dataset.folded = folded ? '1' : '0';
    this.arrows();
  }

  key(event) {
    const step = {ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1, Home: -Infinity, End: Infinity}[event.key];
    if (step === undefined || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    this.go(this.step + step);
  }

  go(step) {
    this.step = Math.min(Math.max(step, 0), this.trace.length - 1);
    this.show();
    this.rows[this.step].scrollIntoView({block: 'nearest'});
    history.replaceState(null, '', `#f${this.number}.${this.step + 1}`);
  }

  // The events that the one at step has to do with: which one it read, and which one it raced with
  // or had looked by.
  related() {
    const e = this.trace[this.step];
    return {
      from: source(this.trace, this.step),
      since: e.aba ? this.trace.findIndex(each => each.event === e.since) : -1,
      rival: e.race ? this.trace.findIndex((each, i) => each.race && i < this.step) : -1,
    };
  }

  show() {
    const e = this.trace[this.step];
    const near = Object.values(this.related());
    this.rows.forEach((row, i) => {
      row.classList.toggle('later', i > this.step);
      row.classList.toggle('now', i === this.step);
      row.classList.toggle('near', near.includes(i));
      row.setAttribute('aria-selected', String(i === this.step));
    });
    this.at.textContent = `event ${e.event} of ${this.trace.at(-1).event}`;
    this.code.replaceChildren(make('span', 'soft', e.file ? `${e.file}:${e.line}  ` : ''), e.source || words(e));
    this.showState();
    document.body.dataset.at = `${this.number}.${this.step + 1}`;
    this.fit();
  }

  arrows() {
    const {from, since, rival} = this.related();
    this.svg.replaceChildren();
    if (from >= 0) this.arrow(from, this.step, 'var(--accent)', 'is read by');
    if (since >= 0) this.arrow(since, this.step, 'var(--mark)', 'looked here');
    if (rival >= 0) this.arrow(rival, this.step, 'var(--fail)', 'races with');
    document.body.dataset.arrows = String(this.svg.querySelectorAll('path').length);
  }

  arrow(first, last, colour, title) {
    const start = this.events.getBoundingClientRect();
    const place = i => {
      const cell = this.rows[i].querySelector('.acting') || this.rows[i].querySelector('.lanes');
      const box = cell.getBoundingClientRect();
      const row = this.rows[i].getBoundingClientRect();
      return {x: box.left - start.left, y: row.top - start.top + row.height / 2, width: box.width};
    };
    const a = place(first);
    const b = place(last);
    const folded = this.events.classList.contains('folded');
    const same = folded || Math.abs(a.x - b.x) < 1;
    const right = a.x < b.x;
    const x1 = same || !right ? a.x + 3 : a.x + a.width - 6;
    const x2 = same || right ? b.x + 3 : b.x + b.width - 6;
    const bend = same ? Math.max(Math.min(a.x, b.x) - (folded ? 26 : 11), 4) : (x1 + x2) / 2;
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
    const {values, changed} = stateAfter(this.trace, this.step);
    const table = make('table', 'state mono', ...[...values].map(([name, value]) => make('tr',
      name === changed ? 'changed' : '', make('td', 'soft', name), make('td', '', value ?? ''))));
    this.panel.replaceChildren(make('h3', '', `After event ${this.trace[this.step].event}`));
    if (this.lists.roots.length) this.panel.append(this.lists.draw(this.trace, this.step));
    this.panel.append(table);
    document.body.dataset.list = [...this.panel.querySelectorAll('.list')].map(each => each.textContent).join(' | ');
  }
}
Trace.all = [];
Trace.show = [];  // lays one out, if it is not yet
