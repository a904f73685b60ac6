export function queueNames(engine: string, where: string): Promise<string[] | undefined>;
