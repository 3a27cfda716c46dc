// Loaded into an API process before all else: its clock is off by so many milliseconds, as that of a
// machine that nobody looks after.
const skew = Number(process.env["CLOCK_SKEW_MS"]);
const RealDate = Date;

globalThis.Date = class extends RealDate {
  /** @param {[] | [number | string | Date]} time */
  constructor(...time) {
    if (time.length === 0) super(RealDate.now() + skew);
    else super(...time);
  }

  static now() {
    return RealDate.now() + skew;
  }
};
