// Dark or light: as the system has it, or as the button says.

const KEY = 'sockbroker-theme';
const button = document.getElementById('theme');
const system = matchMedia('(prefers-color-scheme: dark)');
let chosen = stored();

function stored() {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null; // the browser keeps nothing for this page
  }
}

function store(theme) {
  try {
    localStorage.setItem(KEY, theme);
  } catch {
    // then it is for this visit only
  }
}

function apply() {
  const isDark = chosen === null ? system.matches : chosen === 'dark';
  document.documentElement.dataset.theme = isDark ? 'dark' : 'light';
  button.textContent = isDark ? '☀ Light' : '☾ Dark';
  button.setAttribute('aria-label', isDark ? 'Switch to light colours' : 'Switch to dark colours');
}

button.addEventListener('click', () => {
  chosen = document.documentElement.dataset.theme === 'dark' ? 'light' : 'dark';
  store(chosen);
  apply();
});
system.addEventListener('change', apply);
apply();
