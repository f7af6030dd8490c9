import { Button } from "@mantine/core";
import { type DragEvent, type ReactNode, useRef, useState } from "react";

import classes from "@/components/drop-place.module.css";

interface Props {
  className: string | undefined;
  /** The words of the button, which does for everybody what dropping does for the mouse. */
  choose: string;
  accept: string;
  isMultiple?: boolean;
  onDropped: (dropped: DataTransfer) => void;
  onPicked: (files: FileList) => void;
  /** A way to choose other than the browser's own for an input; returns whether it was taken. */
  onChoose?: () => boolean;
  children: ReactNode;
}

/** Where files are dropped, or chosen by a button. */
export function DropPlace({ className, choose, accept, isMultiple = false, onDropped, onPicked, onChoose, children }: Props) {
  const input = useRef<HTMLInputElement>(null);
  const [isOver, setIsOver] = useState(false);
  const onDrop = (event: DragEvent) => {
    event.preventDefault();
    setIsOver(false);
    onDropped(event.dataTransfer);
  };
  return (
    // Dropping is an extra for the mouse; the button inside does the same for everybody.
    // eslint-disable-next-line jsx-a11y/no-static-element-interactions
    <div
      className={`${classes["place"] ?? ""} ${className ?? ""}`}
      data-over={isOver || undefined}
      onDragOver={(event) => {
        event.preventDefault();
        setIsOver(true);
      }}
      onDragLeave={() => setIsOver(false)}
      onDrop={onDrop}
    >
      {children}
      <Button
        variant="default"
        onClick={() => {
          if (onChoose?.() !== true) input.current?.click();
        }}
      >
        {choose}
      </Button>
      <input
        ref={input}
        type="file"
        multiple={isMultiple}
        accept={accept}
        className="visually-hidden"
        aria-label={choose}
        tabIndex={-1}
        onChange={(event) => {
          if (event.currentTarget.files) onPicked(event.currentTarget.files);
          event.currentTarget.value = "";
        }}
      />
    </div>
  );
}
