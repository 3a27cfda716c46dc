export interface Unchanged<Row extends object, Answer> {
  /** What was made of the row that was read before under this key when no column has changed since; else made anew. */
  answerOf(key: string, row: Row): Answer;
  /** The answer of what was read last under this key, if that is remembered. */
  last(key: string): Answer | undefined;
  forget(key: string): void;
}

interface Known<Row, Answer> {
  readonly row: Row;
  readonly answer: Answer;
}

/**
 * Recognizes rows that are as they were when they were last read: what was made of them then, checked
 * and written as JSON, serves again. It remembers at most `max`, those that changed last.
 */
export const createUnchanged = <Row extends object, Answer>(
  max: number,
  make: (row: Row) => Answer,
): Unchanged<Row, Answer> => {
  const known = new Map<string, Known<Row, Answer>>();
  return {
    answerOf(key, row) {
      const before = known.get(key);
      if (before && isSame(before.row, row)) return before.answer;
      const answer = make(row);
      known.delete(key);
      known.set(key, { row, answer });
      if (known.size > max) known.delete(known.keys().next().value!);
      return answer;
    },
    last: (key) => known.get(key)?.answer,
    forget: (key) => void known.delete(key),
  };
};

const isSame = <Row extends object>(one: Row, other: Row): boolean => {
  for (const column in one) if (!Object.is(one[column], other[column])) return false;
  return true;
};
