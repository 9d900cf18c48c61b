/** Text that people read or write: what terminals may show, and suggestions for misspelled words. */
@NullMarked
package io.chaosproxy.text;

import org.jspecify.annotations.NullMarked;
