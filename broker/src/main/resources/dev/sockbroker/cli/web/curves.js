// The rates of the last two minutes.

import {bytes, drawing, element, short} from './words.js';

const SECONDS = 120;
const WIDTH = 320;
const HEIGHT = 104;
const LEFT = 52;
const RIGHT = 8;
const TOP = 8;
const BOTTOM = 20;

const PLANS = [
  {title: 'Accepted connections', series: [{name: 'accepts', of: (it) => it.acceptsPerSecond}], text: (it) => `${short(it)}/s`, least: 1, base: 10},
  {
    title: 'Bytes',
    series: [{name: 'in', of: (it) => it.bytesInPerSecond}, {name: 'out', of: (it) => it.bytesOutPerSecond}],
    text: (it) => `${bytes(it)}/s`,
    least: 1024,
    base: 1024,
  },
  {title: 'Loop busy', series: [{name: 'busy', of: (it) => 100 * it.busy}], text: (it) => `${short(it)} %`, least: 10, base: 10},
];

export class Curves {
  #place;
  #curves;
  #points = [];

  constructor(place) {
    this.#place = place;
    this.#curves = PLANS.map((it) => new Curve(it));
  }

  /** Without rates there is a gap. */
  add(rates, administrator) {
    const now = performance.now() / 1000;
    this.#points.push({at: now, rates});
    while (this.#points[0].at < now - SECONDS - 2) {
      this.#points.shift();
    }
    if (!administrator && rates === null) {
      this.#explain();
      return;
    }
    if (this.#curves[0].figure.parentNode !== this.#place) {
      this.#place.replaceChildren(...this.#curves.map((it) => it.figure));
    }
    this.#curves.forEach((it) => it.draw(this.#points, now));
  }

  #explain() {
    if (!this.#place.querySelector('.hint')) {
      const text = 'The broker shows its rates only to administrators: root, and the user it runs as.';
      this.#place.replaceChildren(element('p', {class: 'hint panel'}, text));
    }
  }
}

class Curve {
  #plan;
  #svg = drawing('svg', {viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: 'img'});
  #numbers = [];
  #paths;
  #values;

  constructor(plan) {
    this.#plan = plan;
    this.#axes();
    this.#paths = plan.series.map((_, i) => drawing('path', {class: `curve curve-${i}`}));
    this.#svg.append(...this.#paths);
    this.#values = plan.series.map(() => element('b'));
    const legend = plan.series.map((it, i) => {
      const name = plan.series.length > 1 ? [sample(i), `${it.name} `] : [];
      return element('span', {}, ...name, this.#values[i]);
    });
    const caption = element('figcaption', {}, element('h2', {}, plan.title), element('span', {class: 'values'}, ...legend));
    this.figure = element('figure', {class: 'panel'}, caption, this.#svg);
  }

  #axes() {
    for (const part of [0, 0.5, 1]) {
      const y = TOP + (HEIGHT - TOP - BOTTOM) * (1 - part);
      const number = drawing('text', {class: 'axis', x: LEFT - 6, y: y + 4, 'text-anchor': 'end'});
      this.#svg.append(drawing('path', {class: part === 0 ? 'axis-line' : 'grid', d: `M${LEFT} ${y}H${WIDTH - RIGHT}`}), number);
      this.#numbers.push({part, number});
    }
    for (const [text, part, anchor] of [['−2 min', 0, 'start'], ['−1 min', 0.5, 'middle'], ['now', 1, 'end']]) {
      const at = {class: 'axis', x: LEFT + (WIDTH - LEFT - RIGHT) * part, y: HEIGHT - 4, 'text-anchor': anchor};
      const label = drawing('text', at);
      label.textContent = text;
      this.#svg.append(label);
    }
  }

  draw(points, now) {
    const {series, text, least, base, title} = this.#plan;
    const seen = points.filter((it) => it.rates !== null);
    const values = series.flatMap((one) => seen.map((it) => one.of(it.rates)));
    const top = scale(Math.max(least, ...values), base);
    this.#numbers.forEach(({part, number}) => (number.textContent = part === 0 ? '0' : text(top * part)));
    const last = points.at(-1).rates;
    series.forEach((one, i) => {
      this.#paths[i].setAttribute('d', line(points, one.of, now, top));
      this.#values[i].textContent = last === null ? '–' : text(one.of(last));
    });
    const spoken = series.map((one) => (last === null ? '' : `${one.name} ${text(one.of(last))}`)).join(', ');
    this.#svg.setAttribute('aria-label', `${title} of the last two minutes. Now: ${spoken || 'unknown'}`);
  }
}

function sample(i) {
  const svg = drawing('svg', {viewBox: '0 0 20 8', width: 20, height: 8, 'aria-hidden': 'true'});
  svg.append(drawing('path', {class: `curve curve-${i}`, d: 'M1 4H19'}));
  return svg;
}

function line(points, of, now, top) {
  let path = '';
  let joins = false;
  for (const {at, rates} of points) {
    if (rates === null) {
      joins = false;
      continue;
    }
    const x = LEFT + (WIDTH - LEFT - RIGHT) * (1 - (now - at) / SECONDS);
    const y = TOP + (HEIGHT - TOP - BOTTOM) * (1 - of(rates) / top);
    path += `${joins ? 'L' : 'M'}${Math.max(LEFT, x).toFixed(1)} ${y.toFixed(1)}`;
    joins = true;
  }
  return path;
}

/** The next larger round number: 1, 2 or 5 and zeros; of bytes, times a power of 1024. */
function scale(value, base) {
  const unit = base === 10 ? 1 : base ** Math.floor(Math.log(value) / Math.log(base));
  let step = 1;
  for (let i = 0; step * unit < value; i++) {
    step *= i % 3 === 1 ? 2.5 : 2;
  }
  return step * unit;
}
