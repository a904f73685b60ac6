/** Text is written as text, never as markup. */

export const $ = (id) => document.getElementById(id);

export function element(name, { text, className, ...more } = {}, ...children) {
  const made = document.createElement(name);
  if (text !== undefined) made.textContent = text;
  if (className) made.className = className;
  Object.assign(made, more);
  made.append(...children);
  return made;
}

/** Writes only what is new: a screen reader, a selection and the focus stay where they are. */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/** Children of a node, one for each item: those that are there stay, in the order of the items. */
export function keyed(parent, items, keyOf, make, update) {
  const known = new Map([...parent.children].map((child) => [child.dataset.key, child]));
  let before = null;
  for (const item of items) {
    const key = String(keyOf(item));
    let child = known.get(key);
    known.delete(key);
    if (child === undefined) {
      child = make(item);
      child.dataset.key = key;
    }
    const place = before === null ? parent.firstChild : before.nextSibling;
    if (place !== child) parent.insertBefore(child, place);
    before = child;
    update?.(child, item);
  }
  for (const child of known.values()) child.remove();
}

/** A row of a table; columns are `{ label, className }`. */
export function makeRow(columns) {
  const row = element('tr');
  for (const { label, className } of columns) {
    const cell = element('td', { className });
    if (label) cell.dataset.label = label;
    row.append(cell);
  }
  return row;
}

export function setCells(row, texts) {
  texts.forEach((text, at) => {
    if (text !== undefined) setText(row.cells[at], text);
  });
}

/** Asks; an answer that is not yes is no. */
export function ask(text) {
  const dialog = $('ask');
  setText($('ask-text'), text);
  dialog.returnValue = 'no';
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener('close', () => resolve(dialog.returnValue === 'yes'), { once: true });
  });
}

export function tell(title, text) {
  setText($('told-title'), title);
  setText($('told-text'), text);
  if (!$('told').open) $('told').showModal();
}
