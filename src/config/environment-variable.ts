/** A variable that a file of the operator refers to by its name, such as `${TOKEN}`; ours are in `Environment`. */
export const environmentVariable = (name: string): string | undefined => process.env[name];
