/** What is drawn on a terminal: its size, tables, figures as people read them, and a screen drawn again and again. */
@NullMarked
package io.chaosproxy.terminal;

import org.jspecify.annotations.NullMarked;
