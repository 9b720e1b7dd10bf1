/**
 * Names of metrics in a PromQL expression: everything that is not a function, a keyword, a label or a text. Parts of a
 * histogram go by the histogram's name.
 */
export function metricNames(expression: string): string[] {
  const bare = expression
    .replaceAll(/"[^"]*"/g, '')
    .replaceAll(/\{[^}]*\}/g, ' ')
    .replaceAll(/\[[^\]]*\]/g, ' ')
    .replaceAll(/\b(?:by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)/g, ' ');
  const words = [...bare.matchAll(/[a-zA-Z_:][\w:]*/g)];
  const names = words
    .filter(({ 0: word, index }) => !/^\s*\(/.test(bare.slice(index + word.length)))
    .map(({ 0: word }) => word)
    .filter((word) => !['and', 'or', 'unless', 'bool', 'offset', 'inf', 'nan'].includes(word));
  return [...new Set(names.map((name) => name.replace(/_(?:bucket|sum|count)$/, '')))];
}
