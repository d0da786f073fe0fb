// Values as text, exactly as the server writes them (web/format.rs). Each takes what JSON holds and gives a string.
{
  const NOTHING = "–";
  const { word } = zephyr;

  /** Whole seconds in their two largest units. */
  function span(seconds) {
    if (!Number.isFinite(seconds)) return NOTHING;
    const s = Math.max(0, Math.trunc(seconds));
    const [d, h, m] = [Math.trunc(s / 86400), Math.trunc(s / 3600) % 24, Math.trunc(s / 60) % 60];
    if (d > 0) return word("web-span-days", { d, h });
    if (h > 0) return word("web-span-hours", { h, m });
    if (m >= 5) return word("web-span-minutes", { m });
    if (m > 0) return word("web-span-minutes-seconds", { m, s: s % 60 });
    return word("web-span-seconds", { s });
  }

  /** Milliseconds; seconds from ten thousand on. */
  function ms(value) {
    if (typeof value !== "number" || !Number.isFinite(value)) return NOTHING;
    if (value >= 10000) return `${(value / 1000).toFixed(1)} s`;
    return value > 0 && value < 10 ? `${value.toFixed(1)} ms` : `${value.toFixed(0)} ms`;
  }

  /** A whole number with its thousands apart. */
  function count(value) {
    return typeof value === "number" ? Math.trunc(value).toLocaleString("en-US") : NOTHING;
  }

  /** A number in three digits or so: `9876`, `12.3k`, `1.2M`. */
  function short(value) {
    if (typeof value !== "number") return NOTHING;
    if (value < 10000) return String(Math.trunc(value));
    const units = [[1e3, "k"], [1e6, "M"], [1e9, "G"], [1e12, "T"]];
    const [unit, name] = units.find(([unit]) => value < unit * 999.5) ?? [1e12, "T"];
    const scaled = value / unit;
    return (scaled < 99.95 ? scaled.toFixed(1) : scaled.toFixed(0)) + name;
  }

  /** Dollars: cents from one dollar on, four places below. */
  function usd(value) {
    if (typeof value !== "number") return NOTHING;
    const [sign, amount] = [value < 0 ? "-" : "", Math.abs(value)];
    if (amount === 0) return "$0.00";
    if (amount < 0.0001) return sign ? ">-$0.0001" : "<$0.0001";
    return `${sign}$${amount < 0.99995 ? amount.toFixed(4) : amount.toFixed(2)}`;
  }

  /** A share of one in percent; all and nothing only where it is just that. */
  function percent(value) {
    if (typeof value !== "number") return NOTHING;
    if (value > 0 && value < 0.01) return "<1 %";
    if (value > 0.99 && value < 1) return ">99 %";
    return `${(value * 100).toFixed(0)} %`;
  }

  /** A point in time on this machine's clock, with the date where it is not today's. */
  function time(value) {
    const at = new Date(value);
    if (!value || Number.isNaN(at.getTime())) return NOTHING;
    const two = (n) => String(n).padStart(2, "0");
    const day = `${two(at.getMonth() + 1)}-${two(at.getDate())}`;
    const clock = `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
    const now = new Date();
    if (at.toDateString() === now.toDateString()) return clock;
    return at.getFullYear() === now.getFullYear() ? `${day} ${clock}` : `${at.getFullYear()}-${day} ${clock.slice(0, 5)}`;
  }

  const since = (value) => (value ? (zephyr.now() - Date.parse(value)) / 1000 : NaN);
  const left = (value) => Math.ceil(-since(value));

  /** The daemon's time, as far as its messages have told it. */
  let ahead = 0;
  zephyr.now = () => Date.now() + ahead;
  zephyr.setNow = (unixMs) => { ahead = unixMs - Date.now(); };

  zephyr.span = span;
  zephyr.formats = {
    text: (value) => (value === null || value === undefined || value === "" ? NOTHING : String(value)),
    plain: (value) => (value === null || value === undefined ? "" : String(value)),
    order: (value) => (Array.isArray(value) && value.length > 0 ? value.join(" → ") : NOTHING),
    names: (value) => (Array.isArray(value) && value.length > 0 ? value.join(", ") : NOTHING),
    ms,
    count,
    short,
    usd,
    percent,
    time,
    seconds: (value) => (typeof value === "number" ? span(value) : NOTHING),
    /** How long ago a time was. */
    age: (value) => span(since(value)),
    /** How long it is until a time. */
    left: (value) => (left(value) > 0 ? span(left(value)) : NOTHING),
    /** As `left`, down to nothing. */
    countdown: (value) => (value ? span(left(value)) : NOTHING),
  };
  /** Formats whose text changes by itself, and the time that it hangs on. */
  zephyr.ticking = {
    age: (value) => value ?? "",
    left: (value) => value ?? "",
    countdown: (value) => (typeof value === "number" ? new Date(zephyr.now() + value).toISOString() : ""),
  };
}
