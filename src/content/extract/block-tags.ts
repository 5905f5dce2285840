export const headingTags: ReadonlySet<string> = new Set(["h1", "h2", "h3", "h4", "h5", "h6"]);

/** Elements that begin a new line: `display: block` and similar in the HTML Standard's style sheet (section 15.3). */
export const blockTags: ReadonlySet<string> = new Set(
  (
    "address article aside blockquote body caption center dd details dialog dir div dl dt fieldset figcaption figure " +
    "footer form frameset h1 h2 h3 h4 h5 h6 header hgroup hr html legend li listing main menu nav ol p plaintext pre " +
    "search section summary table tbody td tfoot th thead tr ul xmp"
  ).split(" "),
);
