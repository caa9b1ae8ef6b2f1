/** Values as Grafana writes them: three digits and the unit. */
const steps = (base: number, names: readonly string[], value: number): string => {
  const step =
    value === 0
      ? 0
      : Math.min(names.length - 1, Math.max(0, Math.floor(Math.log(Math.abs(value)) / Math.log(base))));
  return `${rounded(value / base ** step)}${names[step]}`;
};

const rounded = (value: number): string => String(Number(value.toPrecision(3)));

export function withUnit(value: number, unit: string): string {
  switch (unit) {
    case 's':
      if (value >= 60) return `${rounded(value / 60)} min`;
      return value !== 0 && value < 1 ? `${rounded(value * 1000)} ms` : `${rounded(value)} s`;
    case 'percentunit':
      return `${rounded(value * 100)} %`;
    case 'bytes':
    case 'Bps':
      return steps(1024, [' B', ' KiB', ' MiB', ' GiB', ' TiB'], value) + (unit === 'Bps' ? '/s' : '');
    case 'reqps':
    case 'ops':
      return `${steps(1000, ['', ' K', ' M'], value)} ${unit === 'reqps' ? 'req/s' : 'ops/s'}`;
    default:
      return steps(1000, ['', ' K', ' M'], value);
  }
}
