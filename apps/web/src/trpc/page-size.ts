/** Cards of one page of the catalogue: fills rows of two, three and four; more come by scrolling. */
export const catalogPageSize = 12;
