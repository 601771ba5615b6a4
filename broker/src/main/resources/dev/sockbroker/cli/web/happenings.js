// What happens, as it happens.

import {clock, counted, element, lower} from './words.js';

const SHOWN_MAX = 200;

export class Happenings {
  #list = document.getElementById('happenings');
  #button = document.getElementById('pause');
  #quiet = document.getElementById('quiet');
  #last = 0;
  #waiting = [];
  #paused = false;

  constructor() {
    this.#button.addEventListener('click', () => this.#toggle());
  }

  /** The server repeats what it has told if the page connects again. */
  add(number, happening) {
    if (number <= this.#last) {
      return;
    }
    const missed = happening.lost + (this.#last === 0 ? 0 : number - this.#last - 1);
    this.#last = number;
    if (missed > 0) {
      this.#put(element('li', {class: 'missed'}, `${counted(missed, 'event was', 'events were')} missed`));
    }
    this.#put(row(happening));
  }

  /** A command that was started again counts from one. */
  restart() {
    this.#last = 0;
  }

  #put(item) {
    if (this.#paused) {
      this.#waiting.push(item);
      this.#waiting.splice(0, this.#waiting.length - SHOWN_MAX);
      this.#button.textContent = `Go on (${this.#waiting.length})`;
      return;
    }
    this.#quiet.hidden = true;
    this.#list.prepend(item);
    while (this.#list.children.length > SHOWN_MAX) {
      this.#list.lastChild.remove();
    }
  }

  #toggle() {
    this.#paused = !this.#paused;
    this.#button.setAttribute('aria-pressed', String(this.#paused));
    this.#button.textContent = this.#paused ? 'Go on' : 'Pause';
    if (!this.#paused) {
      this.#waiting.splice(0).forEach((it) => this.#put(it));
    }
  }
}

function row(it) {
  const who = it.pid === null ? null : `pid ${it.pid}${it.command === null ? '' : ` (${it.command})`}`;
  const session = it.session === null || who !== null ? null : `session ${it.session}`;
  const text = [it.descriptor, it.socket, session, who, it.detail].filter(Boolean).join(' ');
  const time = element('time', {datetime: new Date(it.timeMillis).toISOString()}, clock(it.timeMillis));
  return element('li', {'data-what': it.what}, time, element('span', {}, element('b', {}, lower(it.what)), ` ${text}`));
}
