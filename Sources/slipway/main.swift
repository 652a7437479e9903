import ArgumentParser
import AsyncHTTPClient
import GRDB
import Hummingbird
import Subprocess
import Yams
print("x")
