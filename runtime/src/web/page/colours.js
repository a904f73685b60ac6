const HUES = [215, 32, 275, 160, 335, 190, 95, 255];
const numbers = new Map();

/** A class keeps its colour as long as the page is open. */
export function colourOf(name) {
  if (!numbers.has(name)) numbers.set(name, numbers.size);
  const at = numbers.get(name);
  return `hsl(${HUES[at % HUES.length]} 58% ${54 - 12 * (Math.floor(at / HUES.length) % 3)}%)`;
}

/** A colour of the page, as it is in light or dark now. */
export const ofPage = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
