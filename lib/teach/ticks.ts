const raised = "⁰¹²³⁴⁵⁶⁷⁸⁹";

/** A number on a log axis: 0.001 to 1000 in digits, others as powers, `10⁻⁶`, `5·10⁻⁶`. */
export function powerOfTen(value: number): string {
  const exponent = Math.floor(Math.log10(value) + 1e-9);
  const leading = +(value / 10 ** exponent).toPrecision(2);
  if (exponent >= -3 && exponent <= 3) return String(+value.toPrecision(2));
  const digits = [...String(Math.abs(exponent))].map((digit) => raised[Number(digit)]);
  const power = `10${exponent < 0 ? "⁻" : ""}${digits.join("")}`;
  return leading === 1 ? power : `${leading}·${power}`;
}
