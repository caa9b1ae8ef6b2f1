/** The priorities that jobs have, with what they mean. */
const choices = [3, 2, 1, 0, -1, -2, -3];
const wordOf = (priority: number): string =>
  priority === 0 ? '0, ordinary' : priority > 0 ? `${priority}, sooner` : `${priority}, later`;

/** Without a `value` it offers to choose one. */
export function PriorityChoice({
  value,
  disabled,
  pick,
}: {
  value?: number;
  disabled: boolean;
  pick: (priority: number) => void;
}) {
  return (
    <select
      aria-label="Priority"
      className="field text-sm"
      disabled={disabled}
      value={value ?? ''}
      onChange={({ target }) => pick(Number(target.value))}
    >
      {value === undefined && <option value="">Priority …</option>}
      {choices.map((priority) => (
        <option key={priority} value={priority}>
          {wordOf(priority)}
        </option>
      ))}
    </select>
  );
}
