/** What an option was answered with; `undefined` when it was not. */
export type Value = string | boolean | readonly string[] | undefined;

/** The answers to a command's options, by the name of each. */
export type Answers = Readonly<Record<string, Value>>;
