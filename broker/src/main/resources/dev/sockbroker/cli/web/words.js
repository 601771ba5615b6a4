// Numbers, times and addresses as people read them.

const DIGITS = new Intl.NumberFormat('en');

export function count(number) {
  return DIGITS.format(number);
}

export function counted(number, one, many) {
  return `${count(number)} ${number === 1 ? one : many ?? one + 's'}`;
}

/** At most three digits and a unit. */
export function bytes(number) {
  const units = ['B', 'KB', 'MB', 'GB', 'TB'];
  let value = number;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${short(value)} ${units[unit]}`;
}

/** At most three digits, without a decimal point if it has no use. */
export function short(number) {
  if (number >= 99.95 || Number.isInteger(number)) {
    return count(Math.round(number));
  }
  return String(Number(number.toFixed(number < 0.995 ? 2 : 1)));
}

export function duration(millis) {
  if (millis < 0) {
    return 'forever';
  }
  const seconds = Math.round(millis / 1000);
  if (seconds < 60) {
    return `${seconds} s`;
  }
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) {
    return `${minutes} min`;
  }
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h ${minutes % 60} min` : `${Math.floor(hours / 24)} d`;
}

export function address(it) {
  if (it === null) {
    return '';
  }
  if (it.path !== undefined) {
    return it.path === '' ? 'unnamed' : it.path;
  }
  return it.host.includes(':') ? `[${it.host}]:${it.port}` : `${it.host}:${it.port}`;
}

export function clock(millis) {
  const two = (number) => String(number).padStart(2, '0');
  const at = new Date(millis);
  return `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
}

export function lower(constant) {
  return constant.toLowerCase().replaceAll('_', ' ');
}

/** Joins the parts that are there. */
export function joined(...parts) {
  return parts.filter((it) => it !== null && it !== undefined && it !== '').join(' · ');
}

/**
 * Makes an element. Children that are texts become text nodes, so no name can become markup.
 */
export function element(tag, attributes, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value !== null && value !== undefined) {
      made.setAttribute(name, value);
    }
  }
  made.append(...children.filter((it) => it !== null && it !== undefined));
  return made;
}

/** The same for SVG. */
export function drawing(tag, attributes) {
  const made = document.createElementNS('http://www.w3.org/2000/svg', tag);
  for (const [name, value] of Object.entries(attributes ?? {})) {
    made.setAttribute(name, value);
  }
  return made;
}
