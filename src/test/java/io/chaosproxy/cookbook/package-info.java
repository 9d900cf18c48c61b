@NullMarked
package io.chaosproxy.cookbook;

import org.jspecify.annotations.NullMarked;
