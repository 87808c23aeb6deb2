import { parser } from '@prometheus-io/lezer-promql';

type Node = ReturnType<typeof parser.parse>['topNode'];

export type Matcher = { label: string; operator: string; value: string };
/** What an expression reads: a metric, which series of it, and what is done with them, innermost first: 'rate', 'sum', 'histogram_quantile'. */
export type Selector = { metric: string; matchers: Matcher[]; around: string[] };

/** Where an expression stops being PromQL; undefined when it is whole. */
export function faultIn(expr: string): string | undefined {
  let fault: string | undefined;
  parser.parse(expr).iterate({
    enter: (node) => {
      if (node.type.isError) fault ??= `not PromQL at "${expr.slice(node.from, node.from + 30)}"`;
    },
  });
  return fault;
}

/** Every selector in an expression. */
export function selectorsIn(expr: string): Selector[] {
  const found: Selector[] = [];
  parser.parse(expr).iterate({
    enter: ({ name, node }) => {
      if (name === 'VectorSelector') found.push(selectorAt(node, expr));
    },
  });
  return found;
}

/** Labels that are kept, or matched on: by (…), without (…), on (…), ignoring (…), group_left (…). */
export function groupingLabelsIn(expr: string): string[] {
  const labels: string[] = [];
  parser.parse(expr).iterate({
    enter: ({ name, node }) => {
      if (name === 'GroupingLabels') labels.push(...node.getChildren('LabelName').map((label) => textOf(label, expr)));
    },
  });
  return labels;
}

const textOf = (node: Node, expr: string) => expr.slice(node.from, node.to);

function selectorAt(node: Node, expr: string): Selector {
  const identifier = node.getChild('Identifier');
  const matchers = (node.getChild('LabelMatchers')?.getChildren('UnquotedLabelMatcher') ?? []).map((matcher) => ({
    label: childText(matcher, 'LabelName', expr),
    operator: childText(matcher, 'MatchOp', expr),
    value: JSON.parse(childText(matcher, 'StringLiteral', expr)) as string, // always a string literal
  }));
  return { metric: identifier ? textOf(identifier, expr) : '', matchers, around: operationsAround(node, expr) };
}

const childText = (node: Node, name: string, expr: string): string => {
  const child = node.getChild(name);
  return child ? textOf(child, expr) : '';
};

function operationsAround(node: Node, expr: string): string[] {
  const names: string[] = [];
  for (let outer = node.parent; outer; outer = outer.parent) {
    if (outer.name === 'FunctionCall') names.push(childText(outer, 'FunctionIdentifier', expr));
    if (outer.name === 'AggregateExpr') names.push(childText(outer, 'AggregateOp', expr));
  }
  return names;
}
