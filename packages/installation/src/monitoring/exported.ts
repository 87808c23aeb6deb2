export type Labels = Record<string, string>;
/** Series names as Prometheus stores them (a histogram is three), with the type of their metric and the label sets seen. */
export type Exported = Map<string, { type: string; series: Labels[] }>;

const suffixes = ['_bucket', '_sum', '_count'];

/** Reads what processes told, in Prometheus' text format; metrics that were announced and have no series yet are known too. */
export function exportedOf(texts: Iterable<string>): Exported {
  const exported: Exported = new Map();
  for (const text of texts) {
    for (const [, name = '', type = ''] of text.matchAll(/^# TYPE (\S+) (\S+)$/gm))
      for (const series of type === 'histogram' ? suffixes.map((suffix) => name + suffix) : [name])
        if (!exported.has(series)) exported.set(series, { type, series: [] });
    for (const [, name = '', labels = ''] of text.matchAll(/^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? \S+$/gm))
      exported.get(name)?.series.push(labelsOf(labels));
  }
  return exported;
}

const labelsOf = (text: string): Labels =>
  Object.fromEntries([...text.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, name = '', value = '']) => [name, value]));
