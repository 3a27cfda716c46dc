"use client";

import { flexRender, getCoreRowModel, useReactTable, type ColumnDef } from "@tanstack/react-table";

/** A plain table that scrolls sideways inside itself on a phone. */
export const DataTable = <Row,>({
  label,
  columns,
  rows,
  rowId,
}: {
  label: string;
  // oxlint-disable-next-line typescript/no-explicit-any -- TanStack's own type of mixed columns: each knows its value, the table does not
  columns: ColumnDef<Row, any>[];
  rows: Row[];
  rowId: (row: Row) => string;
}) => {
  const table = useReactTable({
    data: rows,
    columns,
    getRowId: rowId,
    getCoreRowModel: getCoreRowModel(),
  });
  return (
    // Focusable, so that the keyboard can scroll it too.
    <div
      role="region"
      aria-label={label}
      tabIndex={0}
      className="relative overflow-x-auto rounded-2xl border border-line bg-surface"
    >
      <table className="w-full min-w-160 text-left text-[0.9375rem] wrap-normal">
        <thead className="border-b border-line text-sm text-ink-soft">
          {table.getHeaderGroups().map((group) => (
            <tr key={group.id}>
              {group.headers.map((header) => (
                <th key={header.id} scope="col" className="px-4 py-3 font-medium">
                  {flexRender(header.column.columnDef.header, header.getContext())}
                </th>
              ))}
            </tr>
          ))}
        </thead>
        <tbody className="divide-y divide-line">
          {table.getRowModel().rows.map((row) => (
            <tr key={row.id}>
              {row.getVisibleCells().map((cell) => (
                <td key={cell.id} className="figures px-4 py-3 align-middle">
                  {flexRender(cell.column.columnDef.cell, cell.getContext())}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
};
