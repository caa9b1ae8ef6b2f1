/** Tables that scroll in themselves where the screen is narrow. */
import type { ReactNode } from 'react';

/** What is wider than the page scrolls here. `relative`: what is only for screen readers must not widen the page beside it. */
export function SideScroll({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div className="relative overflow-x-auto" tabIndex={0} role="region" aria-label={label}>
      {children}
    </div>
  );
}

/** The column of an empty head holds what can be done with a row. */
export function Table({
  label,
  heads,
  children,
}: {
  label: string;
  heads: readonly string[];
  children: ReactNode;
}) {
  return (
    <SideScroll label={label}>
      <table className="w-full text-left text-sm">
        <thead className="text-xs text-soft">
          <tr>
            {heads.map((head) => (
              <th key={head} scope="col" className="py-2 pr-4 font-medium">
                {head === '' ? <span className="sr-only">What can be done</span> : head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </SideScroll>
  );
}
