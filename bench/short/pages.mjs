// JavaScript: a part of whole programs whose start is measured.
import { marked } from 'marked';

/** A page of Markdown as HTML. */
export function page(text) {
  return marked.parse(text);
}
