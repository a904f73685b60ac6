import handlebars from 'handlebars';
import { camel, kebab, pascal } from '../answers/case.js';

/** An instance of our own: helpers that others register are not seen, and nothing is escaped, as code is no HTML. */
const engine = handlebars.create();
engine.registerHelper({
  eq: (a: unknown, b: unknown) => a === b,
  json: (value: unknown) => JSON.stringify(value),
  kebab: spelling('kebab', kebab),
  camel: spelling('camel', camel),
  pascal: spelling('pascal', pascal),
});

/** `{{kebab name}}` spells a value; `{{kebab}}` alone is the variable of that name, which a helper would hide. */
function spelling(name: string, spell: (value: string) => string) {
  return (...received: unknown[]): string => {
    const options = received.at(-1) as handlebars.HelperOptions;
    return received.length > 1 ? spell(String(received[0])) : String(options.data.root[name]);
  };
}

export type Variables = Readonly<Record<string, unknown>>;

/** By its text: an update renders each text of a template's history, for every part that was made of it. */
const compiled = new Map<string, HandlebarsTemplateDelegate>();

/** Renders one template; a variable that is not there throws instead of rendering empty. */
export function renderText(template: string, variables: Variables): string {
  const known = compiled.get(template) ?? engine.compile(template, { strict: true, noEscape: true });
  compiled.set(template, known);
  return known(variables, { allowProtoPropertiesByDefault: false });
}
