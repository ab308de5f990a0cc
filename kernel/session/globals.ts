/**
 * Makes names visible to every cell. They are ordinary properties of the global object, so that a
 * cell may declare or assign the same names; `lazy` ones are computed at their first use.
 */
export function defineGlobals(
  values: Record<string, unknown>,
  lazy: Record<string, () => unknown> = {},
): void {
  const define = (name: string, value: unknown): void => {
    const options = { writable: true, configurable: true, enumerable: false };
    Object.defineProperty(globalThis, name, { value, ...options });
  };
  for (const [name, value] of Object.entries(values)) define(name, value);
  for (const [name, load] of Object.entries(lazy)) {
    Object.defineProperty(globalThis, name, {
      get: () => {
        const value = load();
        define(name, value);
        return value;
      },
      set: (value: unknown) => define(name, value),
      configurable: true,
    });
  }
}
