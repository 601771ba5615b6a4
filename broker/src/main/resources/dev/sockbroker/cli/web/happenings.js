// What happens, as it happens.

import {clock, counted, element, lower} from './words.js';

const SHOWN_MAX = 200;

/** Of how many accepted sockets the page remembers that they are connections. */
const CONNECTIONS_MAX = 20_000;

export class Happenings {
  #list = document.getElementById('happenings');
  #button = document.getElementById('pause');
  #quiet = document.getElementById('quiet');
  #showsConnections = document.getElementById('connections');
  #connections = new Set();
  #last = 0;
  #waiting = [];
  #paused = false;

  constructor() {
    this.#button.addEventListener('click', () => this.#toggle());
    this.#showsConnections.addEventListener('change', () => this.#hideConnections());
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
    const isOfConnection = this.#isOfConnection(happening);
    if (!isOfConnection || this.#showsConnections.checked) {
      this.#put(row(happening, isOfConnection));
    }
  }

  /** Says why there are no events. */
  explain(reason) {
    this.#quiet.textContent = `Events cannot be followed: ${reason}`;
    this.#quiet.hidden = false;
  }

  /** A busy server accepts and closes so many that nothing else could be read. */
  #isOfConnection({what, socket}) {
    if (what === 'ACCEPTED') {
      if (this.#connections.size === CONNECTIONS_MAX) {
        this.#connections.clear();
      }
      this.#connections.add(socket);
    }
    const is = this.#connections.has(socket);
    if (what === 'SOCKET_CLOSED') {
      this.#connections.delete(socket);
    }
    return is;
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

  #hideConnections() {
    if (!this.#showsConnections.checked) {
      this.#list.querySelectorAll('.connection').forEach((it) => it.remove());
      this.#quiet.textContent = 'Only connections so far.';
      this.#quiet.hidden = this.#list.children.length > 0;
      this.#waiting = this.#waiting.filter((it) => !it.classList.contains('connection'));
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

function row(it, isOfConnection) {
  const who = it.pid === null ? null : `pid ${it.pid}${it.command === null ? '' : ` (${it.command})`}`;
  const session = it.session === null || who !== null ? null : `session ${it.session}`;
  const text = [it.descriptor, it.socket, session, who, it.detail].filter(Boolean).join(' ');
  const time = element('time', {datetime: new Date(it.timeMillis).toISOString()}, clock(it.timeMillis));
  return element('li', {'data-what': it.what, class: isOfConnection ? 'connection' : ''}, time, element('span', {}, element('b', {}, lower(it.what)), ` ${text}`));
}
