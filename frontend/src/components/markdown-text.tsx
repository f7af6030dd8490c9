import classes from "@/components/markdown-text.module.css";
import { TableScroll } from "@/components/table-scroll.tsx";
import { type Block, blocksOf, type Span } from "@/lib/markdown.ts";

interface Props {
  text: string;
  /** What the text is, for those who come to a part of it that scrolls. */
  label: string;
}

/** A text in Markdown under a heading of the second level. It is made of elements that we choose: nothing in it can become HTML. */
export function MarkdownText({ text, label }: Props) {
  return (
    <div className={classes["text"]} dir="auto">
      {blocksOf(text).map((block, index) => (
        <BlockView key={index} block={block} label={label} />
      ))}
    </div>
  );
}

function BlockView({ block, label }: { block: Block; label: string }) {
  switch (block.kind) {
    case "facts":
      return (
        <dl className={classes["facts"]}>
          {block.facts.map(([name, value], index) => (
            <div key={index}>
              <dt>{name}</dt>
              <dd className="wrap">{value}</dd>
            </div>
          ))}
        </dl>
      );
    case "heading":
      return block.level === 1 ? <h3><Spans spans={block.spans} /></h3> : <h4><Spans spans={block.spans} /></h4>;
    case "paragraph":
      return <p className="wrap prose"><Spans spans={block.spans} /></p>;
    case "list":
      return (
        <ul>
          {block.items.map((item, index) => (
            <li key={index} className="wrap"><Spans spans={item} /></li>
          ))}
        </ul>
      );
    case "table":
      return <TableView block={block} label={label} />;
    case "code":
      return (
        // A scrolling region must be reachable by keyboard.
        // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
        <pre className={classes["code"]} tabIndex={0} role="group" aria-label={label} dir="ltr">
          {block.text}
        </pre>
      );
  }
}

function TableView({ block, label }: { block: Extract<Block, { kind: "table" }>; label: string }) {
  return (
    <TableScroll label={label}>
      <table className="table">
        <thead>
          <tr>
            {block.head.map((cell, index) => (
              <th key={index} scope="col"><Spans spans={cell} /></th>
            ))}
          </tr>
        </thead>
        <tbody>
          {block.rows.map((row, index) => (
            <tr key={index}>
              {row.map((cell, column) => (column === 0 ? <th key={column} scope="row"><Spans spans={cell} /></th> : <td key={column}><Spans spans={cell} /></td>))}
            </tr>
          ))}
        </tbody>
      </table>
    </TableScroll>
  );
}

const TAGS = { strong: "strong", emphasis: "em", code: "code" } as const;

function Spans({ spans }: { spans: readonly Span[] }) {
  return spans.map((span, index) => {
    if (span.kind === "text") return span.text;
    const Tag = TAGS[span.kind];
    return <Tag key={index}>{span.text}</Tag>;
  });
}
