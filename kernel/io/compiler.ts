let loaded: Promise<typeof import("./compile.ts")> | undefined;

/**
 * The parsers, loaded once: when the language server has loaded (see Kernel), or when they are
 * needed. `import()` of a module that is there already would take 0.2 ms of every cell.
 */
export const compiler = (): NonNullable<typeof loaded> => (loaded ??= import("./compile.ts"));
