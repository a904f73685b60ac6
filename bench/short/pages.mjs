import { marked } from 'marked';

/** A page of Markdown as HTML. */
export function page(text) {
  return marked.parse(text);
}
