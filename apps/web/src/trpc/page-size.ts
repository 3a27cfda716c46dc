/** Cards of one page of the catalogue: fills rows of two, three and four. */
export const catalogPageSize = 24;
