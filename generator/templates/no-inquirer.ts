/** Stands in for inquirer in the bundle: node-plop names it, and the questions here are asked by other means. */
export default {
  registerPrompt(): void {},
  prompt(): never {
    throw new Error('questions are asked before a generator runs');
  },
};
