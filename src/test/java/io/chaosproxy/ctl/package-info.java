@NullMarked
package io.chaosproxy.ctl;

import org.jspecify.annotations.NullMarked;
