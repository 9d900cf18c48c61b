@NullMarked
package io.chaosproxy.terminal;

import org.jspecify.annotations.NullMarked;
