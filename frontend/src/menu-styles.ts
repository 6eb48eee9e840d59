/** Components of menus and pop-overs; loaded when the first one is wanted. */
import "@mantine/core/styles/ScrollArea.css";
import "@mantine/core/styles/Popover.css";
import "@mantine/core/styles/InlineInput.css";
import "@mantine/core/styles/Checkbox.css";
import "@mantine/core/styles/Divider.css";
import "@mantine/core/styles/FloatingIndicator.css";
import "@mantine/core/styles/Menu.css";
import "@mantine/core/styles/SegmentedControl.css";
