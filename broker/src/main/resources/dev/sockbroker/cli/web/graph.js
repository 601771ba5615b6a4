// Draws processes on the left, sockets on the right, and descriptors between them.

import {drawing} from './words.js';

const NODE_HEIGHT = 50;
const NOTE_HEIGHT = 18;
const GAP = 12;
const EDGE_DISTANCE = 16;
const PROCESS_HEIGHT_MAX = 240;
const LABEL_WIDTH = 96;

const TITLE = '650 14px';
const SUBTITLE = '12.5px';
const NOTE = '650 12.5px';
const LABEL = '650 11px';

export class Graph {
  #place;
  #svg = drawing('svg', {role: 'group', 'aria-label': 'Processes on the left, sockets on the right'});
  #lines = drawing('g');
  #boxes = drawing('g');
  #labels = drawing('g', {'aria-hidden': 'true'});
  #drawn = new Map();

  constructor(place) {
    this.#place = place;
    this.#svg.append(this.#lines, this.#boxes, this.#labels);
  }

  show(model, selected) {
    if (this.#svg.parentNode !== this.#place) {
      this.#place.replaceChildren(this.#svg);
    }
    const width = Math.max(560, this.#place.clientWidth);
    const height = layOut(model, width);
    for (const [name, value] of Object.entries({width, height, viewBox: `0 0 ${width} ${height}`})) {
      this.#svg.setAttribute(name, value);
    }
    const near = neighbours(model, selected);
    const kept = new Set();
    for (const it of model.edges) {
      this.#edge(it, near, kept);
    }
    for (const it of [...model.processes, ...model.sockets]) {
      this.#node(it, near, selected, kept);
    }
    for (const [key, elements] of this.#drawn) {
      if (!kept.has(key)) {
        elements.forEach((it) => it.remove());
        this.#drawn.delete(key);
      }
    }
    this.#order(model);
  }

  #elements(key, kept, make) {
    kept.add(key);
    if (!this.#drawn.has(key)) {
      this.#drawn.set(key, make());
    }
    return this.#drawn.get(key);
  }

  #edge(edge, near, kept) {
    const [path, label] = this.#elements(edge.key, kept, () => {
      const made = [drawing('path', {'data-edge': edge.key}), drawing('text', {'text-anchor': 'end'})];
      this.#lines.append(made[0]);
      this.#labels.append(made[1]);
      return made;
    });
    const {x1, y1, x2, y2} = edge.line;
    // straight where the label is
    const end = edge.label ? x2 - Math.min(LABEL_WIDTH, (x2 - x1) / 2) : x2;
    const bend = (end - x1) / 2;
    path.setAttribute('d', `M${x1} ${y1} C${x1 + bend} ${y1} ${end - bend} ${y2} ${end} ${y2} H${x2}`);
    const faded = near && !near.has(edge.key) ? ' faded' : '';
    const kind = edge.registrant ? ' registrant' : edge.standby ? ' standby' : '';
    path.setAttribute('class', `edge${kind}${faded}`);
    label.setAttribute('class', `edge-label${kind}${faded}`);
    label.setAttribute('x', x2 - 9);
    label.setAttribute('y', y2 - 4);
    const isNear = near && near.has(edge.key);
    setText(label, fitted(edge.label || (isNear ? edge.key : ''), x2 - x1 - 18, LABEL));
  }

  #node(node, near, selected, kept) {
    const [box] = this.#elements(node.key, kept, () => {
      const made = drawing('g', {'data-key': node.key, role: 'button', tabindex: '-1'});
      made.append(drawing('rect', {rx: 8}), drawing('rect', {class: 'mark', rx: 2}));
      made.append(drawing('text', {class: 'title', x: 16, y: 21}), drawing('text', {class: 'subtitle', x: 16, y: 38}));
      made.append(drawing('text', {class: 'note', x: 16, y: 56}));
      this.#boxes.append(made);
      return [made];
    });
    const {x, y, w, h} = node.box;
    const [rect, mark, title, subtitle, note] = box.children;
    const warns = node.notes?.some((it) => it.warns);
    const related = near?.has(node.key) ? ' near' : '';
    const free = !node.isProcess && !node.isHeld ? ' free' : '';
    box.setAttribute('class', `node ${node.isProcess ? 'process' : 'socket'}${warns ? ' warns' : ''}${free}${related}`);
    box.setAttribute('transform', `translate(${x} ${y})`);
    box.setAttribute('aria-label', node.label);
    box.setAttribute('aria-pressed', String(node.key === selected));
    rect.setAttribute('width', w);
    rect.setAttribute('height', h);
    mark.setAttribute('x', node.isProcess ? w - 4 : 0);
    mark.setAttribute('y', 8);
    mark.setAttribute('width', 4);
    mark.setAttribute('height', h - 16);
    setText(title, fitted(node.title, w - 28, TITLE));
    setText(subtitle, fitted(node.subtitle, w - 28, SUBTITLE));
    setText(note, fitted((node.notes ?? []).map((it) => it.text).join(' · '), w - 28, NOTE));
  }

  /** In reading order, for screen readers. Moves nothing that is in its place, which would lose the focus. */
  #order(model) {
    let before = null;
    for (const it of [...model.processes, ...model.sockets]) {
      const box = this.#drawn.get(it.key)[0];
      const next = before === null ? this.#boxes.firstChild : before.nextSibling;
      if (next !== box && !box.contains(document.activeElement)) {
        this.#boxes.insertBefore(box, next);
      }
      before = box;
    }
  }
}

function setText(element, text) {
  if (element.textContent !== text) {
    element.textContent = text;
  }
}

const pen = document.createElement('canvas').getContext('2d');
const widths = new Map();

/** SVG does not cut texts. */
function fitted(text, width, font) {
  if (widthOf(text, font) <= width) {
    return text;
  }
  const characters = [...text];
  let fits = 0;
  for (let step = 256; step >= 1; step /= 2) {
    const beginning = characters.slice(0, fits + step).join('');
    fits += fits + step < characters.length && widthOf(beginning + '…', font) <= width ? step : 0;
  }
  return characters.slice(0, fits).join('') + '…';
}

function widthOf(text, font) {
  const key = `${font} ${text}`;
  if (!widths.has(key)) {
    if (widths.size > 5000) {
      widths.clear();
    }
    pen.font = `${font} ${getComputedStyle(document.body).fontFamily}`;
    widths.set(key, pen.measureText(text).width);
  }
  return widths.get(key);
}

function neighbours(model, selected) {
  const node = [...model.processes, ...model.sockets].find((it) => it.key === selected);
  if (!node) {
    return null;
  }
  const near = new Set([selected]);
  for (const it of node.edges) {
    near.add(it.key).add(it.process.key).add(it.socket.key);
  }
  return near;
}

/** Places everything. Returns the height. */
function layOut(model, width) {
  const processWidth = Math.min(230, Math.round(width * 0.3));
  const socketWidth = Math.min(330, Math.round(width * 0.42));
  let y = 2;
  for (const it of model.sockets) {
    const notes = it.notes.length > 0 ? NOTE_HEIGHT : 0;
    const h = Math.max(NODE_HEIGHT + notes, EDGE_DISTANCE * (it.edges.length + 1));
    it.box = {x: width - socketWidth - 2, y, w: socketWidth, h};
    y += h + GAP;
  }
  // the first socket: with the mean of all, a process would jump with each short connection
  const first = (it) => Math.min(...it.edges.map((edge) => centre(edge.socket.box)));
  model.processes.sort((a, b) => first(a) - first(b) || (a.key < b.key ? -1 : 1));
  const bottom = placeProcesses(model.processes, first, processWidth);
  spread(model.processes, (a, b) => centre(a.socket.box) - centre(b.socket.box), (edge, at) => {
    edge.line = {x1: edge.process.box.x + edge.process.box.w, y1: at};
  });
  spread(model.sockets, (a, b) => a.line.y1 - b.line.y1, (edge, at) => {
    Object.assign(edge.line, {x2: edge.socket.box.x, y2: at});
  });
  return Math.max(y - GAP, bottom) + 2;
}

/** Each next to its first socket, if there is room. */
function placeProcesses(processes, first, w) {
  let y = 2;
  for (const it of processes) {
    const wanted = EDGE_DISTANCE * (it.edges.length + 1);
    const h = Math.max(NODE_HEIGHT, Math.min(PROCESS_HEIGHT_MAX, wanted));
    y = Math.max(y, first(it) - NODE_HEIGHT / 2);
    it.box = {x: 2, y, w, h};
    y += h + GAP;
  }
  return y - GAP;
}

function centre(box) {
  return box.y + box.h / 2;
}

/** Distributes the ends of the descriptors over the sides of the boxes. */
function spread(nodes, order, place) {
  for (const node of nodes) {
    const sorted = [...node.edges].sort(order);
    sorted.forEach((edge, i) => place(edge, node.box.y + (node.box.h * (i + 1)) / (sorted.length + 1)));
  }
}
