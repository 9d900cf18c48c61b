@NullMarked
package io.chaosproxy.cli;

import org.jspecify.annotations.NullMarked;
